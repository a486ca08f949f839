/**
 * Every change of a rollout of an agent that is outside.
 *
 *     waiting ──openRollout──▶ open ──endRollout──▶ finished | failed
 *        │                      ├── takeEnded, after its time ──▶ expired
 *        └──▶ (deleted)         └──▶ lost                          dropRollouts
 */
import type { EntityManager } from 'typeorm';
import type { RolloutSlot } from '../spec/chat.js';
import { ExternalRollout } from './entities/external-rollout.entity.js';
import { newId } from './ids.js';
import { selectRows } from './select-rows.js';

/** Rows of a statement: PostgreSQL takes 65,535 parameters. */
const BATCH = 1000;

export interface WantedRollouts {
  readonly step: number;
  readonly trees: readonly { readonly tree: number; readonly example: number }[];
  /** Of each prompt. */
  readonly each: number;
}

/** Nothing → waiting: a step wants them, once. */
export async function wantRollouts(
  manager: EntityManager,
  run: { readonly id: string; readonly projectId: string; readonly attempt: number },
  { step, trees, each }: WantedRollouts,
): Promise<void> {
  const rows = trees.flatMap(({ tree, example }) =>
    Array.from({ length: each }, (_, index) => ({
      id: newId('rollout'),
      projectId: run.projectId,
      runId: run.id,
      attempt: run.attempt,
      step,
      tree,
      index,
      example,
      status: 'waiting' as const,
    })),
  );
  for (let from = 0; from < rows.length; from += BATCH) {
    const values = rows.slice(from, from + BATCH);
    await manager.createQueryBuilder().insert().into(ExternalRollout).values(values).orIgnore().execute();
  }
}

/**
 * Waiting → open: the next that the run wants. All those of one prompt come before those of the next, so that they are answered together.
 * @returns null when it wants none now
 */
export async function openRollout(
  manager: EntityManager,
  { runId, keyHash, timeoutS }: { runId: string; keyHash: string; timeoutS: number },
): Promise<ExternalRollout | null> {
  const [opened] = await manager.query<{ id: string }[]>(
    `WITH opened AS (
       UPDATE external_rollouts SET status = 'open', key_hash = $2, opened_at = clock_timestamp(),
              expires_at = clock_timestamp() + make_interval(secs => $3)
       WHERE id = (
         SELECT id FROM external_rollouts WHERE run_id = $1 AND status = 'waiting'
         ORDER BY step, tree, index LIMIT 1 FOR UPDATE SKIP LOCKED
       )
       RETURNING id
     )
     SELECT id FROM opened`,
    [runId, keyHash, timeoutS],
  );
  return opened ? manager.findOneByOrFail(ExternalRollout, { id: opened.id }) : null;
}

/** Whether its agent may still ask and be rewarded: it is open, and its time is not over. */
export async function isOpen(manager: EntityManager, id: string): Promise<boolean> {
  const rows = await selectRows(manager, ExternalRollout, { where: `id = $1 AND ${IS_OPEN}`, parameters: [id] });
  return rows.length > 0;
}

const IS_OPEN = `status = 'open' AND expires_at > clock_timestamp()`;

/** Open → finished, or failed where there is an error. The caller has locked the row. */
export async function endRollout(
  manager: EntityManager,
  id: string,
  { reward, error }: { reward: number | null; error: string | null },
): Promise<void> {
  const status = error === null ? 'finished' : 'failed';
  const endedAt = () => 'clock_timestamp()';
  await manager.update(ExternalRollout, { id }, { status, reward, error, endedAt });
}

/** A rollout that has ended, as its trainer is to be told. */
export interface EndedRollout {
  readonly slot: RolloutSlot;
  readonly outcome: 'finished' | 'infra_error';
  readonly reward: number | null;
  readonly message: string | null;
}

const IS_OVER = `run_id = $1 AND attempt = $2 AND NOT told AND
  (status IN ('finished', 'failed') OR status = 'open' AND expires_at <= clock_timestamp())`;

/** Whether there is something to take. */
export async function haveSomeEnded(manager: EntityManager, runId: string, attempt: number): Promise<boolean> {
  const sql = `SELECT 1 FROM external_rollouts WHERE ${IS_OVER} LIMIT 1`;
  return (await manager.query<unknown[]>(sql, [runId, attempt])).length > 0;
}

const EXPIRED = 'the rollout was not finished in time (rollout.timeout_s)';

/** Those of an attempt that have ended, each once. Those whose time is over → expired. */
export async function takeEnded(manager: EntityManager, runId: string, attempt: number): Promise<EndedRollout[]> {
  const rows = await manager.query<(RolloutSlot & Pick<ExternalRollout, 'status' | 'reward' | 'error'>)[]>(
    `WITH taken AS (
       UPDATE external_rollouts SET told = true,
              status = CASE status WHEN 'open' THEN 'expired' ELSE status END,
              error = CASE status WHEN 'open' THEN $3 ELSE error END,
              ended_at = coalesce(ended_at, clock_timestamp())
       WHERE ${IS_OVER}
       RETURNING step, tree, index, status, reward, error
     )
     SELECT * FROM taken ORDER BY step, tree, index`,
    [runId, attempt, EXPIRED],
  );
  return rows.map(({ step, tree, index, status, reward, error }) => ({
    slot: { step, tree, index },
    outcome: status === 'finished' ? 'finished' : 'infra_error',
    reward: status === 'finished' ? reward : null,
    message: error,
  }));
}

/** Waiting → nothing, open → lost: their step is not gone on with. In the transaction that changes the run. */
export async function dropRollouts(manager: EntityManager, runId: string): Promise<void> {
  await manager.query(`DELETE FROM external_rollouts WHERE run_id = $1 AND status = 'waiting'`, [runId]);
  await manager.query(
    `UPDATE external_rollouts SET status = 'lost', ended_at = clock_timestamp() WHERE run_id = $1 AND status = 'open'`,
    [runId],
  );
}
