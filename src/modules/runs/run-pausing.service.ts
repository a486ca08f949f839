/** Pausing runs, and going on with them. Both lock the job before the run, as workers do. */
import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { refuse } from '../../http/answer/problems.js';
import { findOwned } from '../../http/find-owned.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { JobTickets } from '../../queue/job-tickets.js';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { noteBestCheckpoint } from '../../store/best-checkpoint.js';
import type { Job } from '../../store/entities/job.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { appendEvent } from '../../store/events.js';
import { pauseJob, resumeJob } from '../../store/jobs.js';
import { deleteCheckpoints } from './delete-checkpoints.js';
import { runObject, type RunObject, type RunResumption } from './run.schema.js';

@Injectable()
export class RunPausingService {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly tickets: JobTickets,
  ) {}

  /**
   * A run that waits is paused at once; another one when its worker has finished the step that is under way. Pausing again changes nothing.
   * @throws {AppError} RUN_FINISHED, also of a run that is being cancelled
   */
  pause(request: IdempotentRequest, id: string): Promise<RunObject> {
    const { projectId } = request;
    return this.idempotency.once(request, async (manager) => {
      await findOwned(manager, Run, 'run', { projectId, id });
      const outcome = await pauseJob(manager, 'run.train', id);
      const run = await findOwned(manager, Run, 'run', { projectId, id }, { lock: true });
      if (outcome === 'over') refusePause(run);
      if (outcome === 'paused' && run.status !== 'paused') await notePaused(manager, run);
      else if (outcome === 'asked' && run.status !== 'pausing') await notePausing(manager, id);
      return runObject(await findOwned(manager, Run, 'run', { projectId, id }), null);
    });
  }

  /**
   * Puts a paused run back into the queue, to go on from its last checkpoint or from the one that is named.
   * @throws {AppError} RUN_NOT_PAUSED; UNPROCESSABLE_SPEC for a checkpoint of something else; CHECKPOINT_IN_USE for a later one that would be deleted
   */
  async resume(request: IdempotentRequest, id: string, { checkpoint_id }: RunResumption): Promise<RunObject> {
    const { projectId } = request;
    let job: Job | null = null;
    const answer = await this.idempotency.once(request, async (manager) => {
      await findOwned(manager, Run, 'run', { projectId, id });
      job = await resumeJob(manager, 'run.train', id);
      const run = await findOwned(manager, Run, 'run', { projectId, id }, { lock: true });
      if (job === null) throw new AppError('RUN_NOT_PAUSED', { runId: id, status: run.status });
      if (checkpoint_id !== undefined) await goBackTo(manager, run, checkpoint_id);
      await forgetFailedCalls(manager, id);
      await manager.update(Run, { id }, { status: 'queued' });
      const message = 'The run is to go on and waits for a worker';
      await appendEvent(manager, id, { level: 'info', type: 'run.queued', message });
      return runObject(await findOwned(manager, Run, 'run', { projectId, id }), null);
    });
    if (job !== null) await this.tickets.issue(job);
    return answer;
  }
}

function refusePause({ id, status }: Run): never {
  const ended = FINAL_RUN_STATUSES.includes(status) ? status : 'been asked to stop';
  throw new AppError('RUN_FINISHED', { runId: id, status: ended, action: 'paused' });
}

async function notePaused(manager: EntityManager, { id, progress }: Run): Promise<void> {
  await manager.update(Run, { id }, { status: 'paused', estimatedFinishAt: null });
  const message = 'The run was paused while it waited for a worker';
  await appendEvent(manager, id, { level: 'info', type: 'run.paused', message, data: { step: progress.step } });
}

async function notePausing(manager: EntityManager, id: string): Promise<void> {
  await manager.update(Run, { id }, { status: 'pausing' });
  const message = 'The run pauses after the step that is under way';
  await appendEvent(manager, id, { level: 'info', type: 'run.pausing', message });
}

/** Deletes the checkpoints after this one; whoever takes the run up puts everything else back to its step. */
async function goBackTo(manager: EntityManager, { id: runId }: Run, id: string): Promise<void> {
  const checkpoint = await manager.findOneBy(Checkpoint, { id, runId, kind: 'training', deletedAt: IsNull() });
  if (!checkpoint) return refuse([{ path: 'checkpoint_id', message: `${id} is not a checkpoint of ${runId}` }]);
  const deleted = await deleteCheckpoints(manager, runId, checkpoint.step);
  await manager.decrement(Run, { id: runId }, 'checkpointsCount', deleted);
  await noteBestCheckpoint(manager, runId);
}

/** Answers are kept so that a run that goes on gets the same; that a tool could not work is not to be met again for ever. */
async function forgetFailedCalls(manager: EntityManager, runId: string): Promise<void> {
  await manager.query(`DELETE FROM tool_journal WHERE run_id = $1 AND outcome = 'infra_error'`, [runId]);
}
