/**
 * Every change of a job, one function for each, and what is looked up of jobs. Whether to make one, to try again or to give up is decided by who
 * calls: the API's services, and the worker that holds the job.
 *
 *     queued ──claimJob──▶ claimed ──finishJob──▶ done | failed | cancelled
 *       │ ▲                   │ ▲
 *       │ └───requeueJob──────┘ └── claimJob again, once the lease has run out
 *       └──cancelJob──▶ cancelled
 *
 *     queued ──pauseJob──▶ paused ──resumeJob──▶ queued        claimed ──parkJob──▶ paused ──cancelJob──▶ cancelled
 */
import type { EntityManager } from 'typeorm';
import { NO_SPACE } from './blobs/no-space.js';
import { JOB_KINDS, LANE_OF, Job, type JobKind, type JobLane } from './entities/job.entity.js';
import { JOBS_CHANNEL } from './events.js';
import { newId } from './ids.js';
import { insertRow } from './insert-row.js';
import { SAMPLED_ENOUGH, SAMPLES } from './quotas.js';
import { recordUses, WAITS_FOR_INPUTS } from './uses.js';

/** A job as the worker that has claimed it holds it. The fence is what makes it this worker's. */
export interface ClaimedJob {
  readonly id: string;
  readonly projectId: string;
  readonly kind: JobKind;
  readonly subjectId: string;
  readonly lane: JobLane;
  /** Rises with each claim: the number of this attempt in the rows that it writes. */
  readonly fence: number;
  /** Claims since the work last made progress, this one included. */
  readonly attempts: number;
  readonly cancelRequested: boolean;
  readonly pauseRequested: boolean;
  readonly traceparent: string | null;
  /** Why the attempt before ended; null when there was none or when its worker vanished. */
  readonly error: JobError | null;
}

type JobError = NonNullable<Job['error']>;
type Asked = Pick<ClaimedJob, 'cancelRequested' | 'pauseRequested'>;
const ASKED = 'cancel_requested AS "cancelRequested", pause_requested AS "pauseRequested"';

export interface NewJob
  extends Pick<Job, 'kind' | 'subjectId'>, Partial<Pick<Job, 'requires' | 'secretKey' | 'priority' | 'traceparent'>> {
  /** Ids of the models, checkpoints and datasets that the subject uses: the job waits until they are made, and they stay while it lasts. */
  readonly uses: readonly string[];
}

/** Nothing → queued, in the transaction that writes the subject's row. After the commit, issue a ticket for it. */
export async function createJob(
  manager: EntityManager,
  projectId: string,
  { kind, subjectId, uses, requires = {}, secretKey = null, priority = 0, traceparent = null }: NewJob,
): Promise<Job> {
  await recordUses(manager, subjectId, uses);
  const lane = LANE_OF[kind];
  const job = { id: newId('job'), projectId, kind, subjectId, lane, requires, secretKey, priority, traceparent };
  return insertRow(manager, Job, job);
}

/**
 * Nothing, done, failed or cancelled → queued: a model that is talked with is served again and again by the same job. After the commit, issue a ticket for it.
 * @returns null when it is queued or claimed already
 */
export async function serveModel(
  manager: EntityManager,
  projectId: string,
  modelId: string,
): Promise<Pick<Job, 'id' | 'kind'> | null> {
  const kind = 'model.serve';
  const [job] = await manager.query<Pick<Job, 'id' | 'kind'>[]>(
    `WITH served AS (
       INSERT INTO jobs (id, project_id, kind, subject_id, lane) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (subject_id, kind) DO UPDATE SET
         status = 'queued', attempts = 0, error = NULL, cancel_requested = false, available_at = clock_timestamp()
       WHERE jobs.status IN ('done', 'failed', 'cancelled')
       RETURNING id, kind
     )
     SELECT * FROM served`,
    [newId('job'), projectId, kind, modelId, LANE_OF[kind]],
  );
  return job ?? null;
}

/** How the serving of a model stands; null where nobody has asked for it. */
export async function servingOf(
  manager: EntityManager,
  modelId: string,
): Promise<Pick<Job, 'status' | 'error'> | null> {
  return manager.findOne(Job, {
    select: { status: true, error: true },
    where: { kind: 'model.serve', subjectId: modelId },
  });
}

/** Whether another job of this lane waits for a worker. */
export async function isLaneWanted(manager: EntityManager, lane: JobLane): Promise<boolean> {
  const rows = await manager.query<unknown[]>(`SELECT 1 FROM jobs WHERE lane = $1 AND ${IS_FREE} LIMIT 1`, [lane]);
  return rows.length > 0;
}

export interface ClaimOptions {
  readonly lane: JobLane;
  readonly workerId: string;
  readonly leaseS: number;
  /** Of those that jobs ask for, the ones that the worker serves. */
  readonly accelerators: readonly string[];
  /** Whether the worker offers its machine's Python. */
  readonly hasHostPython?: boolean;
  /** Of the trainer of runs; null: it can do everything. */
  readonly trainer?: readonly string[] | null;
  /** How many processes of one run it can place. */
  readonly worldSize?: number;
}

/** What is free: queued, or held by a worker whose lease has run out on PostgreSQL's clock. */
const IS_FREE = `(status = 'queued' AND available_at <= clock_timestamp() OR status = 'claimed' AND lease_until < clock_timestamp())`;

/**
 * $1 lane, $2 worker, $3 lease in seconds, $4 accelerators, $5 kinds of job that this version knows, $6 those of them that sample tokens,
 * $7 whether the worker has a Python of its machine, $8 what its trainer of runs can do, null for everything,
 * $9 how many processes of one run it can place.
 *
 * Projects take turns: the one with the least work in progress goes first, and of equals the one that has waited longest since its last turn, however
 * much each has queued. Within a project it goes by priority, then by time. A job waits while anything that its subject uses is still being made,
 * while its project is disabled, and at the limits of its project.
 */
const CLAIM = `
  WITH turns AS MATERIALIZED (
    SELECT p.id AS project_id, turn.busy, turn.last, ${SAMPLED_ENOUGH} AS sampled_enough,
           $1 = '${LANE_OF['run.train']}' AND turn.busy >= (p.limits ->> 'active_runs')::float8 AS busy_enough
    FROM (SELECT DISTINCT project_id FROM jobs WHERE lane = $1 AND ${IS_FREE}) AS waiting
    JOIN projects p ON p.id = waiting.project_id
    CROSS JOIN LATERAL (
      SELECT (SELECT count(*) FROM jobs WHERE lane = $1 AND status = 'claimed' AND project_id = p.id
                AND lease_until >= clock_timestamp()) AS busy,
             (SELECT max(claimed_at) FROM jobs WHERE lane = $1 AND project_id = p.id) AS last
    ) AS turn
    WHERE p.disabled_at IS NULL
  ), claimed AS (
    UPDATE jobs SET
      status = 'claimed',
      worker_id = $2,
      fence = fence + 1,
      attempts = attempts + 1,
      claimed_at = clock_timestamp(),
      lease_until = clock_timestamp() + make_interval(secs => $3)
    WHERE id = (
      SELECT j.id FROM jobs j JOIN turns ON turns.project_id = j.project_id
      WHERE j.lane = $1
        AND j.kind = ANY($5)
        AND ${IS_FREE}
        AND coalesce(j.requires ->> 'accelerator', 'auto') = ANY($4)
        AND ($7 OR NOT j.requires ? 'host_python')
        AND ($8::text[] IS NULL OR j.kind <> 'run.train' OR j.requires -> 'trainer' <@ to_jsonb($8::text[]))
        AND coalesce((j.requires ->> 'world_size')::int, 1) <= $9
        AND NOT ${WAITS_FOR_INPUTS}
        AND turns.busy_enough IS NOT TRUE
        AND NOT (turns.sampled_enough AND j.kind = ANY($6))
      ORDER BY turns.busy, turns.last NULLS FIRST, j.priority DESC, j.available_at, j.id
      FOR UPDATE OF j SKIP LOCKED
      LIMIT 1
    )
    RETURNING *
  )
  SELECT id, project_id AS "projectId", kind, subject_id AS "subjectId", lane, fence::int, attempts,
         ${ASKED}, traceparent, error
  FROM claimed`;

/** Any number that nothing else locks. */
const CLAIMS_LOCK = 4_902_119;

/**
 * Queued, or claimed with a lease that has run out → claimed. The only place where work is given out: tickets merely wake workers up. To be called
 * in a transaction.
 * @returns null when there is nothing to do
 */
export async function claimJob(
  manager: EntityManager,
  { lane, workerId, leaseS, accelerators, hasHostPython = false, trainer = null, worldSize = 1 }: ClaimOptions,
): Promise<ClaimedJob | null> {
  // Where the runs of a project are counted, one claim has to see what the one before has done.
  await manager.query(
    `SELECT pg_advisory_xact_lock(${CLAIMS_LOCK}) WHERE EXISTS (SELECT FROM projects WHERE limits ? 'active_runs')`,
  );
  const [job] = await manager.query<ClaimedJob[]>(CLAIM, [
    lane,
    workerId,
    leaseS,
    accelerators,
    JOB_KINDS,
    SAMPLES,
    hasHostPython,
    trainer,
    worldSize,
  ]);
  return job ?? null;
}

/**
 * Claimed → claimed for `leaseS` seconds from now.
 * @returns whether it is to be cancelled or paused; null when it is no longer held under this fence
 */
export async function renewLease(
  manager: EntityManager,
  { id, fence }: ClaimedJob,
  leaseS: number,
): Promise<Asked | null> {
  const [row] = await manager.query<Asked[]>(
    `WITH renewed AS (
       UPDATE jobs SET lease_until = clock_timestamp() + make_interval(secs => $3)
       WHERE id = $1 AND fence = $2 AND status = 'claimed'
       RETURNING cancel_requested, pause_requested
     )
     SELECT ${ASKED} FROM renewed`,
    [id, fence, leaseS],
  );
  return row ?? null;
}

/**
 * Locks a claimed job's row for the rest of the transaction. What follows changes the job, and is called under this lock.
 * @returns the transaction's id for `hasCommitted`; null when the job is not held under this fence
 */
export async function lockHeldJob(manager: EntityManager, { id, fence }: ClaimedJob): Promise<string | null> {
  const [row] = await manager.query<{ transaction: string }[]>(
    `SELECT pg_current_xact_id()::text AS transaction FROM jobs
     WHERE id = $1 AND fence = $2 AND status = 'claimed' FOR NO KEY UPDATE`,
    [id, fence],
  );
  return row?.transaction ?? null;
}

/**
 * Whether a transaction took effect that had locked the job's row, and to whose commit no answer came. It is waited for where it has not ended yet.
 * @param transaction its id, as `lockHeldJob` gave it
 */
export async function hasCommitted(manager: EntityManager, { id }: ClaimedJob, transaction: string): Promise<boolean> {
  // The status is asked for once the lock is there.
  const [row] = await manager.query<{ status: string }[]>(
    `SELECT pg_xact_status($2::xid8) AS status FROM (SELECT 1 FROM jobs WHERE id = $1 FOR NO KEY UPDATE) AS locked`,
    [id, transaction],
  );
  return row?.status === 'committed';
}

/** Claimed → claimed, with new ground gained: attempts are counted from here. */
export async function noteProgress(manager: EntityManager, id: string): Promise<void> {
  await manager.query('UPDATE jobs SET attempts = 0, error = NULL WHERE id = $1', [id]);
}

/** What somebody has asked of the job. */
export async function askedOf(manager: EntityManager, id: string): Promise<Asked> {
  const [row] = await manager.query<Asked[]>(`SELECT ${ASKED} FROM jobs WHERE id = $1`, [id]);
  if (!row) throw new Error(`job ${id} does not exist`);
  return row;
}

/** Claims since the work last made progress. */
export async function attemptsOf(manager: EntityManager, id: string): Promise<number> {
  const [row] = await manager.query<{ attempts: number }[]>('SELECT attempts FROM jobs WHERE id = $1', [id]);
  if (!row) throw new Error(`job ${id} does not exist`);
  return row.attempts;
}

export interface Requeue {
  /** Seconds before it can be claimed again. */
  readonly restS: number;
  /** What it could not go on for; null: for nothing that it could help, and what was noted before stays. */
  readonly why: JobError | null;
  /** Whether the attempt counts. */
  readonly counts: boolean;
}

/** Claimed → queued, for whoever is free then: a failed attempt, a worker that closes, or work that waits for room. */
export async function requeueJob(manager: EntityManager, id: string, { restS, why, counts }: Requeue): Promise<void> {
  await manager.query(
    `UPDATE jobs SET status = 'queued', lease_until = NULL, worker_id = NULL, error = coalesce($2, error),
       attempts = greatest(attempts - $3::int, 0), available_at = clock_timestamp() + make_interval(secs => $4)
     WHERE id = $1`,
    [id, why && JSON.stringify(why), counts ? 0 : 1, restS],
  );
}

/** Claimed → done, failed or cancelled. Its secret is forgotten. */
export async function finishJob(
  manager: EntityManager,
  id: string,
  status: 'done' | 'failed' | 'cancelled',
  error: JobError | null,
): Promise<void> {
  await manager.query(
    `UPDATE jobs SET status = $2, lease_until = NULL, worker_id = NULL, error = $3, secret_key = NULL WHERE id = $1`,
    [id, status, error && JSON.stringify(error)],
  );
}

/** Locks the job of a subject for the rest of the transaction. Before the subject's own row, as the worker does it: otherwise each waits for the other. */
export function lockJob(manager: EntityManager, kind: JobKind, subjectId: string): Promise<Job | null> {
  return manager.findOne(Job, { where: { kind, subjectId }, lock: { mode: 'pessimistic_write' } });
}

/**
 * Cancels the job of a subject, which stays locked until the caller's transaction ends: queued or paused → cancelled at once; a claimed one stays so and
 * is asked to stop, and its worker is told when the transaction commits.
 * @returns how it stands then, or 'over' when it had ended before or does not exist
 */
export async function cancelJob(
  manager: EntityManager,
  kind: JobKind,
  subjectId: string,
): Promise<'cancelled' | 'asked' | 'over'> {
  const job = await lockJob(manager, kind, subjectId);
  if (job?.status === 'queued' || job?.status === 'paused') {
    await manager.update(Job, { id: job.id }, { status: 'cancelled', cancelRequested: true, secretKey: null });
    return 'cancelled';
  }
  if (job?.status !== 'claimed') return 'over';
  await manager.update(Job, { id: job.id }, { cancelRequested: true });
  await tellWorker(manager, job);
  return 'asked';
}

/**
 * Pauses the job of a subject, which stays locked until the caller's transaction ends: queued → paused at once; a claimed one stays so until its worker has
 * reached a point from which it can go on, and is told when the transaction commits.
 * @returns how it stands then, or 'over' when it had ended before, is being cancelled, or does not exist
 */
export async function pauseJob(
  manager: EntityManager,
  kind: JobKind,
  subjectId: string,
): Promise<'paused' | 'asked' | 'over'> {
  const job = await lockJob(manager, kind, subjectId);
  if (job?.status === 'paused') return 'paused';
  if (job?.status === 'queued') {
    await manager.update(Job, { id: job.id }, { status: 'paused' });
    return 'paused';
  }
  if (job?.status !== 'claimed' || job.cancelRequested) return 'over';
  await manager.update(Job, { id: job.id }, { pauseRequested: true });
  await tellWorker(manager, job);
  return 'asked';
}

/** As `pauseJob`, for the runs of a project that are being worked on. Those that wait stay queued. */
export async function pauseRunsOf(manager: EntityManager, projectId: string): Promise<void> {
  const jobs = await manager.findBy(Job, { projectId, kind: 'run.train', status: 'claimed' });
  for (const { subjectId } of jobs) await pauseJob(manager, 'run.train', subjectId);
}

/** Claimed → paused: until somebody resumes it, nobody works on it. */
export async function parkJob(manager: EntityManager, id: string): Promise<void> {
  await manager.query(
    `UPDATE jobs SET status = 'paused', lease_until = NULL, worker_id = NULL, pause_requested = false WHERE id = $1`,
    [id],
  );
}

/**
 * Paused → queued, with its attempts counted from here. After the commit, issue a ticket for it.
 * @returns null when the job of the subject is not paused; else it stays locked until the caller's transaction ends
 */
export async function resumeJob(manager: EntityManager, kind: JobKind, subjectId: string): Promise<Job | null> {
  const job = await lockJob(manager, kind, subjectId);
  if (job?.status !== 'paused') return null;
  await manager.query(
    `UPDATE jobs SET status = 'queued', pause_requested = false, attempts = 0, error = NULL, available_at = clock_timestamp() WHERE id = $1`,
    [job.id],
  );
  return job;
}

async function tellWorker(manager: EntityManager, { id }: Job): Promise<void> {
  await manager.query('SELECT pg_notify($1, $2)', [JOBS_CHANNEL, id]);
}

/** The key of the secret that was handed over for a job; null when there is none, or when it has been forgotten. */
export async function secretKeyOf(manager: EntityManager, id: string): Promise<string | null> {
  const [row] = await manager.query<{ key: string | null }[]>('SELECT secret_key AS key FROM jobs WHERE id = $1', [id]);
  return row?.key ?? null;
}

export async function forgetSecretKey(manager: EntityManager, id: string): Promise<void> {
  await manager.query('UPDATE jobs SET secret_key = NULL WHERE id = $1', [id]);
}

/** Deletes the job of a subject that is over. */
export async function deleteJob(manager: EntityManager, kind: JobKind, subjectId: string): Promise<void> {
  await manager.query('DELETE FROM jobs WHERE kind = $1 AND subject_id = $2', [kind, subjectId]);
}

/** Deletes the jobs of previews that are gone, when nobody works on them any more. */
export async function deleteJobsOfGonePreviews(manager: EntityManager): Promise<void> {
  await manager.query(
    `DELETE FROM jobs WHERE kind = 'run.preview' AND status NOT IN ('queued', 'claimed')
       AND NOT EXISTS (SELECT FROM run_previews WHERE id = jobs.subject_id)`,
  );
}

/** The jobs that could be claimed now, those that have waited longest first: what tickets are made for. */
export function freeJobs(manager: EntityManager, limit: number): Promise<Pick<Job, 'id' | 'kind'>[]> {
  return manager.query(`SELECT id, kind FROM jobs WHERE ${IS_FREE} ORDER BY available_at, id LIMIT $1`, [limit]);
}

/** How many jobs wait and are worked on, by kind. */
export function countActiveJobs(
  manager: EntityManager,
): Promise<{ kind: JobKind; status: 'queued' | 'claimed'; count: number }[]> {
  return manager.query(
    `SELECT kind, status, count(*)::int FROM jobs WHERE status IN ('queued', 'claimed') GROUP BY kind, status`,
  );
}

/** How many runs of a project are worked on. */
export function countActiveRuns(manager: EntityManager, projectId: string): Promise<number> {
  return manager.countBy(Job, { projectId, kind: 'run.train', status: 'claimed' });
}

/**
 * An SQL expression over the columns of a table of what jobs make: what the work on a row waits for, put back because a disk was full; null for one that
 * is being tried, waits for anything else, or is over.
 */
export const waitingFor = (table: string): string => `CASE WHEN ${table}.status IN ('queued', 'processing') THEN (
  SELECT error ->> 'message' FROM jobs
   WHERE subject_id = ${table}.id AND status = 'queued' AND error ->> 'code' = '${NO_SPACE}'
) END`;

/**
 * An SQL expression over the columns of `runs`: how many runs are before this one in the queue, itself included; null for a run that does not
 * wait. An estimate: a claim also looks at what a run needs, and at fairness between projects.
 */
export const QUEUE_POSITION = `CASE WHEN runs.status = 'queued' THEN (
  SELECT nullif(count(*), 0)::int
    FROM jobs AS own JOIN jobs AS other ON other.lane = own.lane AND other.status = own.status
      AND (-other.priority, other.available_at, other.id) <= (-own.priority, own.available_at, own.id)
   WHERE own.kind = 'run.train' AND own.subject_id = runs.id AND own.status = 'queued'
) END`;
