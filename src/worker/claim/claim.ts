/** Takes the next job of a lane, if there is one. The only place where work is given out: tickets merely wake workers up. */
import type { DataSource, EntityManager } from 'typeorm';
import { JOB_KINDS, type JobLane } from '../../store/entities/job.entity.js';
import type { ClaimedJob } from './claimed-job.js';

export interface ClaimOptions {
  readonly lane: JobLane;
  readonly workerId: string;
  readonly leaseS: number;
  /** What the worker computes on. */
  readonly accelerator: string;
}

/**
 * $1 lane, $2 worker, $3 lease in seconds, $4 accelerator, $5 kinds of job that this version knows. Free is what is queued, and what a
 * worker holds whose lease has run out on PostgreSQL's clock. A job waits while anything that its subject names is still being made. The
 * project with the least work in progress goes first.
 */
const CLAIM = `
  WITH claimed AS (
    UPDATE jobs SET
      status = 'claimed',
      worker_id = $2,
      fence = fence + 1,
      attempts = attempts + 1,
      lease_until = clock_timestamp() + make_interval(secs => $3)
    WHERE id = (
      SELECT j.id FROM jobs j
      WHERE j.lane = $1
        AND j.kind = ANY($5)
        AND (j.status = 'queued' AND j.available_at <= clock_timestamp()
             OR j.status = 'claimed' AND j.lease_until < clock_timestamp())
        AND coalesce(j.requires ->> 'accelerator', 'auto') IN ('auto', $4)
        AND NOT EXISTS (
          SELECT FROM (
            SELECT spec FROM runs WHERE id = j.subject_id
            UNION ALL SELECT spec FROM run_previews WHERE id = j.subject_id
            UNION ALL SELECT spec FROM evaluations WHERE id = j.subject_id
            UNION ALL SELECT source FROM models WHERE id = j.subject_id
            UNION ALL SELECT to_jsonb(model_id) FROM exports WHERE id = j.subject_id
          ) AS subject, jsonb_path_query(subject.spec, 'strict $.** ? (@.type() == "string")') AS named
          WHERE EXISTS (SELECT FROM datasets WHERE id = named #>> '{}' AND project_id = j.project_id AND status = 'processing')
             OR EXISTS (SELECT FROM models WHERE id = named #>> '{}' AND project_id = j.project_id AND status = 'processing')
        )
      ORDER BY
        (SELECT count(*) FROM jobs busy
         WHERE busy.lane = j.lane AND busy.status = 'claimed' AND busy.project_id = j.project_id
           AND busy.lease_until >= clock_timestamp()),
        j.available_at, j.id
      FOR UPDATE OF j SKIP LOCKED
      LIMIT 1
    )
    RETURNING *
  )
  SELECT id, project_id AS "projectId", kind, subject_id AS "subjectId", lane, fence::int, attempts,
         cancel_requested AS "cancelRequested", error
  FROM claimed`;

/**
 * @param onClaim runs in the transaction that raises the fence, e.g. to delete what the attempt before wrote beyond its checkpoint
 * @returns null when there is nothing to do
 */
export function claimJob(
  dataSource: DataSource,
  { lane, workerId, leaseS, accelerator }: ClaimOptions,
  onClaim: (manager: EntityManager, job: ClaimedJob) => Promise<void>,
): Promise<ClaimedJob | null> {
  return dataSource.transaction(async (manager) => {
    const [job] = await manager.query<ClaimedJob[]>(CLAIM, [lane, workerId, leaseS, accelerator, JOB_KINDS]);
    if (!job) return null;
    await onClaim(manager, job);
    return job;
  });
}
