/** What a run keeps when an attempt ends without finishing it: everything up to its last training checkpoint. */
import { IsNull, type EntityManager } from 'typeorm';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { RunStep } from '../../store/entities/run-step.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { NO_RUN_USAGE, type RunUsage } from '../../store/shapes.js';

/** The checkpoint that the run goes on from; null: from its beginning. */
export function lastCheckpoint(manager: EntityManager, runId: string): Promise<Checkpoint | null> {
  return manager.findOne(Checkpoint, {
    where: { runId, kind: 'training', deletedAt: IsNull() },
    order: { step: 'DESC', id: 'DESC' },
  });
}

/**
 * Deletes the rows of all steps after `step` and puts the run's figures back to what they were there, so that a resumed run does and counts
 * the same as one that was never disturbed. Events and the tools' journal stay, and wall time goes on.
 */
export async function rollBack(manager: EntityManager, runId: string, step: number): Promise<void> {
  for (const table of ['run_steps', 'run_updates', 'trees']) {
    await manager.query(`DELETE FROM ${table} WHERE run_id = $1 AND step > $2`, [runId, step]);
  }
  const run = await manager.findOneByOrFail(Run, { id: runId });
  const last = await manager.findOneBy(RunStep, { runId, step });
  await manager.update(Run, runId, {
    progress: { step, steps: run.progress.steps, phase: null, fraction: null },
    usage: { ...(await usageAt(manager, runId, step)), wall_time_s: run.usage.wall_time_s },
    latestMetrics: last?.metrics ?? {},
    endedEarly: null,
    estimatedFinishAt: null,
  });
}

/** As the event of that step has it. */
async function usageAt(manager: EntityManager, runId: string, step: number): Promise<RunUsage> {
  const [event] = await manager.query<{ usage: RunUsage }[]>(
    `SELECT data -> 'usage' AS usage FROM run_events
     WHERE run_id = $1 AND type = 'run.step' AND (data ->> 'step')::int = $2
     ORDER BY sequence DESC LIMIT 1`,
    [runId, step],
  );
  // Events from before evaluation was counted apart do not have it.
  return { ...NO_RUN_USAGE, ...event?.usage };
}

/** The highest step that any attempt has ever finished: reaching it again is no progress. */
export async function highestStep(manager: EntityManager, runId: string): Promise<number> {
  const [row] = await manager.query<{ step: number | null }[]>(
    `SELECT max((data ->> 'step')::int) AS step FROM run_events WHERE run_id = $1 AND type = 'run.step'`,
    [runId],
  );
  return row?.step ?? 0;
}
