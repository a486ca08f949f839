/**
 * The ids of what a filter finds, where that is little. A list in the order of ids looks at every trajectory of the run until its page is full: good
 * where a filter finds much, slow where it finds little or nothing, and PostgreSQL's statistics of all runs do not tell which it is in this one.
 */
import type { EntityManager } from 'typeorm';
import type { ExportQuery } from './trajectory.schema.js';

/** What is little: as many ids are read before the list itself. */
export const FEW = 1000;

/** Null when every filter that is set finds more; what the other filters leave of the ids is still to be found out. */
export async function rareMatches(
  manager: EntityManager,
  runId: string,
  { step, min_reward, max_reward, status }: ExportQuery,
): Promise<string[] | null> {
  // The trajectories of one step are few.
  if (step !== undefined) return null;
  if (status) {
    const ids = await few(
      manager,
      `SELECT t.id FROM unnest($2::text[]) AS wanted CROSS JOIN LATERAL (
         SELECT id FROM trajectories WHERE run_id = $1 AND reward_status = wanted ORDER BY id LIMIT $3
       ) AS t LIMIT $3`,
      [runId, [...new Set(status)]],
    );
    if (ids) return ids;
  }
  if (min_reward === undefined && max_reward === undefined) return null;
  // The order makes PostgreSQL read the index of rewards, whatever it expects to find.
  return few(
    manager,
    `SELECT id FROM trajectories WHERE run_id = $1 AND reward BETWEEN $2 AND $4
     ORDER BY reward, id LIMIT $3`,
    [runId, min_reward ?? -Infinity],
    [max_reward ?? Infinity],
  );
}

async function few(
  manager: EntityManager,
  sql: string,
  before: unknown[],
  after: unknown[] = [],
): Promise<string[] | null> {
  const rows = await manager.query<{ id: string }[]>(sql, [...before, FEW + 1, ...after]);
  return rows.length > FEW ? null : rows.map(({ id }) => id);
}
