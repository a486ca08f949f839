/** Jobs as the API makes and cancels them. Claiming them is the worker's business. */
import type { EntityManager } from 'typeorm';
import { LANE_OF, Job, type JobKind } from './entities/job.entity.js';
import { JOBS_CHANNEL } from './events.js';
import { newId } from './ids.js';
import { insertRow } from './insert-row.js';

/** Adds a job in the caller's transaction. After the commit, issue a ticket for it. */
export async function createJob(
  manager: EntityManager,
  {
    projectId,
    kind,
    subjectId,
    requires = {},
    secretKey = null,
  }: Pick<Job, 'projectId' | 'kind' | 'subjectId'> & Partial<Pick<Job, 'requires' | 'secretKey'>>,
): Promise<Job> {
  const lane = LANE_OF[kind];
  return insertRow(manager, Job, { id: newId('job'), projectId, kind, subjectId, lane, requires, secretKey });
}

/**
 * Cancels the job of a subject, which stays locked until the caller's transaction ends. One that nobody has claimed is cancelled at once; a
 * claimed one is asked to stop, and its worker is told when the transaction commits.
 * @returns how it stands then, or 'over' when it had ended before or does not exist
 */
export async function cancelJob(
  manager: EntityManager,
  kind: JobKind,
  subjectId: string,
): Promise<'cancelled' | 'asked' | 'over'> {
  const job = await manager.findOne(Job, { where: { kind, subjectId }, lock: { mode: 'pessimistic_write' } });
  if (job?.status === 'queued') {
    await manager.update(Job, { id: job.id }, { status: 'cancelled', cancelRequested: true, secretKey: null });
    return 'cancelled';
  }
  if (job?.status === 'claimed') {
    await manager.update(Job, { id: job.id }, { cancelRequested: true });
    await manager.query('SELECT pg_notify($1, $2)', [JOBS_CHANNEL, job.id]);
    return 'asked';
  }
  return 'over';
}
