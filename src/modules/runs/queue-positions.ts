/** How many runs are before these in the queue. An estimate: a worker also looks at what a run needs, and at fairness between projects. */
import type { EntityManager } from 'typeorm';
import type { Run } from '../../store/entities/run.entity.js';

/** Positions from 1, by run id; runs that do not wait are left out. */
export async function queuePositions(
  manager: EntityManager,
  runs: readonly Pick<Run, 'id' | 'status'>[],
): Promise<Map<string, number>> {
  const waiting = runs.filter(({ status }) => status === 'queued').map(({ id }) => id);
  if (waiting.length === 0) return new Map();
  const rows = await manager.query<{ id: string; position: string }[]>(
    `SELECT id, position FROM (
       SELECT subject_id AS id, row_number() OVER (ORDER BY available_at, id) AS position
       FROM jobs WHERE slot = 'train' AND status = 'queued'
     ) AS queue WHERE id = ANY($1)`,
    [waiting],
  );
  return new Map(rows.map(({ id, position }) => [id, Number(position)]));
}
