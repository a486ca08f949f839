/**
 * Deletes what projects want kept no longer of runs that have ended. A run at a time: its job and its row are locked, as whoever deletes it or works on it
 * does. Frees no bytes: the sweep of blobs does.
 */
import { In, type DataSource, type EntityManager } from 'typeorm';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import type { Retention } from '../../spec/retention.js';
import { noteBestCheckpoint } from '../../store/best-checkpoint.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { lockJob } from '../../store/jobs.js';
import { endUses, unused } from '../../store/uses.js';

/** Trees that one transaction deletes, with their segments and trajectories. */
const TREES_AT_ONCE = 500;

type Kept = { [Name in keyof Retention]: NonNullable<Retention[Name]> };

interface Rule {
  /** SQL: whether a run has something of the kind that is kept no longer than `$1`. */
  readonly due: string;
  /** Whether there is more, which is deleted in another transaction. */
  readonly apply: (manager: EntityManager, runId: string, value: number) => Promise<boolean>;
}

const ended = `runs.finished_at < now() - make_interval(days => $1)`;
const has = (table: string, condition = 'true') =>
  `EXISTS (SELECT FROM ${table} WHERE run_id = runs.id AND ${condition})`;
/** Nobody is scoring its trajectories again. */
const notScored = `NOT EXISTS (SELECT FROM rescores JOIN jobs ON jobs.subject_id = rescores.id
  WHERE rescores.run_id = runs.id AND jobs.status IN ('queued', 'claimed'))`;
/** No experiment tracker is still to be sent some of them. */
const notToBeTold = `NOT EXISTS (SELECT FROM run_integrations own WHERE own.run_id = runs.id AND own.status = 'sending')`;
const OF_TRAJECTORIES = ['run_updates', 'tool_journal'];

const RULES: { readonly [Name in keyof Kept]: Rule } = {
  trajectories_days: {
    due: `${ended} AND ${notScored} AND ${notToBeTold} AND (${['trees', ...OF_TRAJECTORIES].map((table) => has(table)).join(' OR ')})`,
    apply: deleteTrajectories,
  },
  events_days: {
    due: `${ended} AND ${has('run_events')}`,
    apply: async (manager, runId) => {
      await manager.query('DELETE FROM run_events WHERE run_id = $1', [runId]);
      return false;
    },
  },
  checkpoints_days: {
    due: `${ended} AND ${has('checkpoints', 'deleted_at IS NULL')}`,
    apply: (manager, runId) => deleteCheckpoints(manager, runId, 'true', []),
  },
  checkpoints_per_run: {
    due: 'runs.checkpoints_count > $1',
    apply: (manager, runId, most) =>
      deleteCheckpoints(
        manager,
        runId,
        `NOT c.final AND c.id IS DISTINCT FROM (SELECT best_checkpoint ->> 'id' FROM runs WHERE id = c.run_id)
         AND c.id NOT IN (SELECT id FROM checkpoints WHERE run_id = c.run_id AND deleted_at IS NULL
           ORDER BY step DESC, id DESC LIMIT $2)`,
        [most],
      ),
  },
};

/** @returns how many runs something was deleted of */
export async function applyRetention(dataSource: Pick<DataSource, 'manager'>): Promise<number> {
  const { manager } = dataSource;
  const projects = await manager.query<{ id: string; retention: Partial<Kept> }[]>(
    `SELECT id, retention FROM projects WHERE retention <> '{}'`,
  );
  const touched = new Set<string>();
  for (const { id: projectId, retention } of projects) {
    for (const [name, rule] of Object.entries(RULES) as [keyof Kept, Rule][]) {
      const value = retention[name];
      if (value === undefined) continue;
      const runs = await manager.query<{ id: string }[]>(
        `SELECT id FROM runs WHERE project_id = $2 AND deleted_at IS NULL AND status = ANY($3) AND ${rule.due} ORDER BY id`,
        [value, projectId, FINAL_RUN_STATUSES],
      );
      for (const { id } of runs) if (await applyTo(manager, id, rule, value)) touched.add(id);
    }
  }
  return touched.size;
}

async function applyTo(manager: EntityManager, runId: string, rule: Rule, value: number): Promise<boolean> {
  for (let applied = false; ; applied = true) {
    const more = await manager.transaction(async (within) => {
      await lockJob(within, 'run.train', runId);
      const run = await within.findOne(Run, { where: { id: runId }, lock: { mode: 'pessimistic_write' } });
      if (run === null || run.deletedAt !== null || !FINAL_RUN_STATUSES.includes(run.status)) return null;
      const [isDue] = await within.query<unknown[]>(`SELECT FROM runs WHERE id = $2 AND ${rule.due}`, [value, runId]);
      return isDue === undefined ? null : rule.apply(within, runId, value);
    });
    if (more === null) return applied;
    if (!more) return true;
  }
}

async function deleteTrajectories(manager: EntityManager, runId: string): Promise<boolean> {
  const [, deleted] = await manager.query<[unknown, number]>(
    'DELETE FROM trees WHERE id IN (SELECT id FROM trees WHERE run_id = $1 ORDER BY id LIMIT $2)',
    [runId, TREES_AT_ONCE],
  );
  if (deleted === TREES_AT_ONCE) return true;
  for (const table of OF_TRAJECTORIES) await manager.query(`DELETE FROM ${table} WHERE run_id = $1`, [runId]);
  return false;
}

/**
 * Those of the condition that nothing is being worked on with. Two statements: whoever is about to use one holds its row, so that first the rows are locked, and then
 * it is looked who uses them; one that is held is left for the next time.
 * @param condition on `c`, with parameters from `$2` on
 */
async function deleteCheckpoints(
  manager: EntityManager,
  runId: string,
  condition: string,
  parameters: readonly unknown[],
): Promise<false> {
  const candidates = await manager.query<{ id: string }[]>(
    `SELECT c.id FROM checkpoints c WHERE c.run_id = $1 AND c.deleted_at IS NULL AND ${condition} FOR UPDATE OF c SKIP LOCKED`,
    [runId, ...parameters],
  );
  const ids = await unused(
    manager,
    candidates.map(({ id }) => id),
  );
  await manager.update(Checkpoint, { id: In(ids) }, { deletedAt: () => 'clock_timestamp()' });
  await endUses(manager, ids);
  await manager.decrement(Run, { id: runId }, 'checkpointsCount', ids.length);
  await noteBestCheckpoint(manager, runId);
  return false;
}
