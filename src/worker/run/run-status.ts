/** The states of a run as the worker moves it through them, each change with its event. Pausing and cancelling are asked for by the API. */
import { In, Not, type EntityManager } from 'typeorm';
import { FINAL_RUN_STATUSES, type RunStatus } from '../../spec/enums.js';
import { NO_SPACE } from '../../store/blobs/no-space.js';
import { Run } from '../../store/entities/run.entity.js';
import { appendEvent } from '../../store/events.js';
import { dropRollouts } from '../../store/external-rollouts.js';
import type { ClaimedJob } from '../../store/jobs.js';
import type { Failure } from '../../store/shapes.js';
import type { FinalEnd } from '../jobs/job-processor.js';
import type { RecordedRun } from '../recorder/recorded-run.js';
import { lastCheckpoint, rollBack } from './run-rollback.js';

/**
 * A worker has the run: it is prepared, or taken up again where its last checkpoint left it. One that is only claimed to be cancelled keeps
 * what it has done.
 */
export async function runClaimed(manager: EntityManager, job: ClaimedJob): Promise<void> {
  const runId = job.subjectId;
  const { status } = await manager.findOneByOrFail(Run, { id: runId });
  await dropRollouts(manager, runId);
  const from_step = (await lastCheckpoint(manager, runId))?.step ?? 0;
  if (!job.cancelRequested) await rollBack(manager, runId, from_step);
  if (status === 'queued') {
    await manager.update(Run, runId, { status: 'preparing' });
    if (waitsForRoom(job)) return;
    const data = { attempt: job.fence, from_step };
    await appendEvent(manager, runId, {
      level: 'info',
      type: 'run.preparing',
      message: 'A worker prepares the run',
      data,
    });
  } else if (status === 'preparing' || status === 'running' || status === 'recovering') {
    await manager.update(Run, runId, { status: 'recovering' });
    if (waitsForRoom(job)) return;
    const reason = job.error?.message ?? 'the worker was lost';
    await appendEvent(manager, runId, {
      level: 'warn',
      type: 'run.recovering',
      message: `Goes on from ${from_step === 0 ? 'the beginning' : `the checkpoint after step ${from_step}`}: ${reason}`,
      data: { attempt: job.fence, from_step, reason },
    });
  }
}

/** The trainer has begun. A run that is being cancelled stays so. */
export async function runStarted(manager: EntityManager, job: ClaimedJob, fromStep: number): Promise<void> {
  const runId = job.subjectId;
  const { affected } = await manager.update(
    Run,
    { id: runId, status: In(['preparing', 'recovering']) },
    { status: 'running' },
  );
  if (affected === 0) return;
  const { startedAt } = await manager.findOneByOrFail(Run, { id: runId });
  if (!startedAt) await manager.update(Run, runId, { startedAt: () => 'clock_timestamp()' });
  await appendEvent(manager, runId, {
    level: 'info',
    type: startedAt ? 'run.resumed' : 'run.started',
    message: startedAt ? `The run goes on after step ${fromStep}` : 'The run has started',
    data: { attempt: job.fence, from_step: fromStep },
  });
}

/** The attempt is over but not the run. That it waits for room is told once, however often it is tried. */
export async function runReleased(manager: EntityManager, job: ClaimedJob, why: Failure | null): Promise<void> {
  const runId = job.subjectId;
  if (why?.code === NO_SPACE && !waitsForRoom(job)) await runWaits(manager, { id: runId, attempt: job.fence }, why);
  await dropRollouts(manager, runId);
  await manager.update(Run, { id: runId, status: 'preparing' }, { status: 'queued' });
  await manager.update(Run, { id: runId, status: 'running' }, { status: 'recovering' });
}

/** Nobody goes on with the run until it is resumed. One that is being cancelled, or is over, stays so. */
export async function runPaused(manager: EntityManager, job: ClaimedJob, why: Failure | null): Promise<void> {
  const runId = job.subjectId;
  await dropRollouts(manager, runId);
  const step = (await lastCheckpoint(manager, runId))?.step ?? 0;
  const { affected } = await manager.update(
    Run,
    { id: runId, status: Not(In([...FINAL_RUN_STATUSES, 'cancelling'])) },
    { status: 'paused', estimatedFinishAt: null, progress: () => `progress || '{"phase": null, "fraction": null}'` },
  );
  if (affected === 0) return;
  const where = step === 0 ? 'before its first checkpoint' : `with the checkpoint after step ${step}`;
  await appendEvent(manager, runId, {
    level: why ? 'error' : 'info',
    type: 'run.paused',
    message: why
      ? `${why.message}. The run is paused ${where}: resume it when this is mended`
      : `The run is paused ${where}`,
    data: { attempt: job.fence, step, ...(why && { reason: why.code }) },
  });
}

/** Says that the run waits for something that the operator has to do. */
export async function runWaits(
  manager: EntityManager,
  { id, attempt }: Pick<RecordedRun, 'id' | 'attempt'>,
  { message, code: reason }: Failure,
): Promise<void> {
  await appendEvent(manager, id, { level: 'warn', type: 'run.waiting', message, data: { attempt, reason } });
}

/** Whether the attempt before ended because there was no room. */
const waitsForRoom = (job: ClaimedJob): boolean => job.error?.code === NO_SPACE;

const ENDED = { done: 'succeeded', failed: 'failed', cancelled: 'cancelled' } as const satisfies Record<
  FinalEnd['kind'],
  RunStatus
>;

/** The run is over. One that is over already stays as it is. */
export async function runEnded(manager: EntityManager, runId: string, end: FinalEnd): Promise<void> {
  await dropRollouts(manager, runId);
  const status = ENDED[end.kind];
  const error = end.kind === 'failed' ? end.failure : null;
  const { affected } = await manager.update(
    Run,
    { id: runId, status: Not(In([...FINAL_RUN_STATUSES])) },
    { status, error, estimatedFinishAt: null, finishedAt: () => 'clock_timestamp()' },
  );
  if (affected === 0) return;
  await appendEvent(manager, runId, {
    level: error ? 'error' : 'info',
    type: `run.${status}`,
    message: error ? error.message : `The run has ${status === 'succeeded' ? 'succeeded' : 'been cancelled'}`,
    data: error ? { error } : {},
  });
}
