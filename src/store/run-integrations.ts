/** How far the experiment trackers of runs are: taken by whoever sends to them, and noted. Sends nothing. */
import type { EntityManager } from 'typeorm';
import { FINAL_RUN_STATUSES, type RunStatus } from '../spec/enums.js';
import type { ResolvedRunSpec } from '../spec/run-spec.js';
import { RunIntegration } from './entities/run-integration.entity.js';
import type { Run } from './entities/run.entity.js';
import { appendEvent } from './events.js';

/** In the transaction that makes the run. */
export async function createIntegrations(
  manager: EntityManager,
  { id: runId, spec: { integrations } }: { id: string; spec: Pick<ResolvedRunSpec, 'integrations'> },
): Promise<void> {
  for (const [place, spec] of integrations.entries()) await manager.insert(RunIntegration, { runId, place, spec });
}

/** One that has something to be told, and the run that it is of. */
export type DueIntegration = Pick<
  RunIntegration,
  'runId' | 'place' | 'spec' | 'step' | 'external' | 'attempts' | 'error'
> &
  Pick<Run, 'projectId'>;

/**
 * Takes integrations whose run has steps that they have not, or is over, for `leaseS` seconds: whoever has not said by then how it went has died, and the
 * attempt is made again. `attempts` counts the one that is to be made.
 */
export function takeDueIntegrations(manager: EntityManager, limit: number, leaseS: number): Promise<DueIntegration[]> {
  return manager.query(
    `WITH due AS (
       UPDATE run_integrations SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2)
       WHERE (run_id, place) IN (
         SELECT own.run_id, own.place FROM run_integrations own JOIN runs ON runs.id = own.run_id
         WHERE own.status = 'sending' AND own.next_attempt_at <= clock_timestamp()
           AND (runs.status = ANY($3) OR EXISTS (SELECT FROM run_steps WHERE run_id = own.run_id AND run_steps.step > own.step))
         ORDER BY own.next_attempt_at LIMIT $1 FOR UPDATE OF own SKIP LOCKED)
       RETURNING *
     )
     SELECT due.run_id AS "runId", place, due.spec, due.step, external, attempts, due.error, project_id AS "projectId"
     FROM due JOIN runs ON runs.id = due.run_id`,
    [limit, leaseS, FINAL_RUN_STATUSES],
  );
}

/** What an attempt has come to. */
export interface Sent {
  /** The last step that the server has now. */
  readonly step: number;
  readonly external: Readonly<Record<string, string>>;
  /** Whether it has all that there will be. */
  readonly isDone: boolean;
}

/** Nothing is noted of an attempt that took longer than its lease: another one counts. */
export async function recordSent(
  manager: EntityManager,
  { runId, place, attempts, error }: DueIntegration,
  { step, external, isDone }: Sent,
  againS: number,
): Promise<void> {
  const noted = await manager.query<[unknown, number]>(
    `UPDATE run_integrations SET step = $4, external = $5, status = $6, attempts = 0, error = NULL,
       next_attempt_at = clock_timestamp() + make_interval(secs => $7)
     WHERE run_id = $1 AND place = $2 AND attempts = $3`,
    [runId, place, attempts, step, JSON.stringify(external), isDone ? 'done' : 'sending', againS],
  );
  if (noted[1] === 0 || error === null) return;
  const message = `integrations.${place} has been told again: its server has all up to step ${step}`;
  await appendEvent(manager, runId, { level: 'info', type: 'run.log', message, data: { integration: place, step } });
}

/**
 * Says so in the run's events when it is the first of a row of failures, and when it is the last.
 * @param external what is known of the server's run by now
 * @param againS seconds until it is tried again; null: it is not
 */
export async function recordFailure(
  manager: EntityManager,
  { runId, place, attempts, error: before, step, spec }: DueIntegration,
  { error, external }: { error: string; external: Readonly<Record<string, string>> },
  againS: number | null,
): Promise<void> {
  const noted = await manager.query<[unknown, number]>(
    `UPDATE run_integrations SET error = $4, external = $5, status = CASE WHEN $6::float8 IS NULL THEN 'failed' ELSE 'sending' END,
       next_attempt_at = clock_timestamp() + make_interval(secs => coalesce($6::float8, 0))
     WHERE run_id = $1 AND place = $2 AND attempts = $3`,
    [runId, place, attempts, error, JSON.stringify(external), againS],
  );
  if (noted[1] === 0 || (before !== null && againS !== null)) return;
  const what = `integrations.${place} (${spec.type}) cannot be told of what comes after step ${step}: ${error}`;
  const message = `${what}. ${againS === null ? 'It is not tried any more' : 'The run goes on, and it is tried again'}`;
  await appendEvent(manager, runId, { level: 'warn', type: 'run.log', message, data: { integration: place, step } });
}

/** A step as it is told. */
export interface ToldStep {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly at: Date;
}

export function stepsAfter(manager: EntityManager, runId: string, step: number, limit: number): Promise<ToldStep[]> {
  return manager.query(
    `SELECT step, metrics, created_at AS at FROM run_steps WHERE run_id = $1 AND step > $2 ORDER BY step LIMIT $3`,
    [runId, step, limit],
  );
}

/** What is told of a run beside its steps. */
export type ToldRun = Pick<Run, 'name' | 'createdAt' | 'finishedAt' | 'spec'> & {
  readonly id: string;
  readonly status: RunStatus;
};

export interface ToldTrajectory {
  readonly step: number;
  readonly trajectory: string;
  readonly example: number;
  readonly reward: number | null;
  readonly advantage: number | null;
  readonly finish_reason: string;
  readonly prompt: string;
  readonly response: string;
}

/** Characters of a prompt, and of a response, that are told. */
const SHOWN_CHARACTERS = 20_000;

/** The first trajectories of as many trees of the step as there are, then their second ones, and so on. */
export async function sampledTrajectories(
  manager: EntityManager,
  runId: string,
  step: number,
  count: number,
): Promise<ToldTrajectory[]> {
  return manager.query(
    `WITH sampled AS (
       SELECT trajectories.*, trees.example, trees.index AS tree_index FROM trajectories JOIN trees ON trees.id = trajectories.tree_id
       WHERE trees.run_id = $1 AND trees.step = $2 ORDER BY trajectories.index, trees.index LIMIT $3)
     SELECT step, id AS trajectory, example, reward, advantage, finish_reason, parts.prompt, parts.response
     FROM sampled CROSS JOIN LATERAL (
       SELECT left(string_agg(text, '' ORDER BY place) FILTER (WHERE kind = 'prompt'), $4) AS prompt,
         coalesce(left(string_agg(text, '' ORDER BY place) FILTER (WHERE kind <> 'prompt'), $4), '') AS response
       FROM unnest(sampled.segment_ids) WITH ORDINALITY AS own (id, place) JOIN segments ON segments.id = own.id) AS parts
     ORDER BY sampled.index, tree_index`,
    [runId, step, count, SHOWN_CHARACTERS],
  );
}
