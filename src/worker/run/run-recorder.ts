/** What the trainer of a run says, into rows: each message one transaction under the run's fence. Not what it asks for: that is the handler. */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { FrameArrays } from '../../protocol/frames.js';
import type { UsageDelta } from '../../protocol/messages.js';
import { evaluationOf, type ResolvedRunSpec } from '../../spec/run-spec.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { addWarning } from '../../store/add-warning.js';
import { isNoSpace } from '../../store/blobs/no-space.js';
import { Run } from '../../store/entities/run.entity.js';
import { appendEvent } from '../../store/events.js';
import { noteProgress, type ClaimedJob } from '../../store/jobs.js';
import { wantRollouts } from '../../store/external-rollouts.js';
import type { Failure } from '../../store/shapes.js';
import { recordUsage } from '../../store/usage.js';
import type { Fence } from '../claim/fence.js';
import { putFolder } from '../files/stored-files.js';
import { recordCheckpoint } from '../recorder/record-checkpoint.js';
import { addUsage, recordStep, recordUnfinishedStep } from '../recorder/record-step.js';
import { storableText } from '../../store/storable-text.js';
import { recordTree } from '../recorder/record-tree.js';
import type { RecordedRun } from '../recorder/recorded-run.js';
import type { StorableMessage, TrainerMessageOf } from '../trainer/trainer-handler.js';
import { noSpaceOn } from '../jobs/no-space.js';
import { runStarted, runWaits } from './run-status.js';

/** The longest time between two looks whether a full disk has room again. */
const MAX_REST_MS = 30_000;

export interface RunRecorderOptions {
  readonly job: ClaimedJob;
  readonly fence: Fence;
  readonly blobs: BlobStore;
  /** Aborted when the work is to stop: then room is no longer waited for. */
  readonly signal: AbortSignal;
  readonly spec: ResolvedRunSpec;
  /** Step of the checkpoint that this attempt started from, or 0. */
  readonly fromStep: number;
  /** Ends the attempt after this step, and gives the run back to the queue. */
  readonly handBack: (why: Failure) => void;
  /** The highest step that any attempt before has finished. */
  readonly highestStep: number;
}

export class RunRecorder {
  private readonly run: RecordedRun;
  private lapAt = performance.now();
  private highestStep: number;
  private started = false;
  private handedBack = false;
  private readonly announced = new Set<string>();

  constructor(private readonly options: RunRecorderOptions) {
    const { job, highestStep } = options;
    this.run = { id: job.subjectId, projectId: job.projectId, attempt: job.fence };
    this.highestStep = highestStep;
  }

  async store(message: StorableMessage, arrays: FrameArrays): Promise<void> {
    switch (message.type) {
      case 'tree':
        return this.transaction((manager) => recordTree(manager, this.run, message, arrays));
      case 'step':
        return this.storeStep(message, arrays);
      case 'unfinished_step':
        return this.transaction(async (manager) => {
          await recordUnfinishedStep(manager, this.run, message);
          await this.count(manager, message.usage, 0);
        });
      case 'rollouts_wanted':
        return this.transaction((manager) => wantRollouts(manager, this.run, message));
      case 'checkpoint':
        return this.storeCheckpoint(message);
      case 'log':
        return this.storeLog(message);
      case 'budget_reached':
        return this.storeBudgetReached(message);
      case 'no_improvement':
        return this.storeNoImprovement(message);
      case 'evaluation_items':
      case 'preview_result':
      case 'model_facts':
        throw new Error(`a run has no ${message.type}`);
    }
  }

  /** Shows what is going on, and says in the event log when the trainer begins, and when it first comes to a phase. */
  async storePhase({ phase, step, steps, fraction }: TrainerMessageOf<'phase'>): Promise<void> {
    const starts = !this.started && phase !== 'preparing';
    await this.transaction(async (manager) => {
      if (starts) await runStarted(manager, this.options.job, this.options.fromStep);
      await manager.update(Run, this.run.id, { progress: { step, steps, phase, fraction } });
      if (this.announced.has(phase)) return;
      const data = { attempt: this.run.attempt, phase, step, steps };
      await appendEvent(manager, this.run.id, { level: 'info', type: 'run.phase', message: `Phase ${phase}`, data });
    });
    this.announced.add(phase);
    this.started ||= starts;
  }

  /** Counts the time since the last step, at the end of an attempt. */
  async storeWallTime(): Promise<void> {
    const seconds = this.lap();
    await this.transaction((manager) =>
      manager.query(
        `UPDATE runs SET usage = jsonb_set(usage, '{wall_time_s}', to_jsonb((usage ->> 'wall_time_s')::float8 + $2)) WHERE id = $1`,
        [this.run.id, seconds],
      ),
    );
  }

  private async storeStep(message: TrainerMessageOf<'step'>, arrays: FrameArrays): Promise<void> {
    const seconds = this.lap();
    await this.transaction(async (manager) => {
      const written = await recordStep(manager, this.run, message, arrays, seconds);
      if (!written || message.step <= this.highestStep) return;
      await noteProgress(manager, this.options.job.id);
      await this.count(manager, message.usage, seconds);
    });
    this.highestStep = Math.max(this.highestStep, message.step);
  }

  /** Counts what a step has cost its project, which may have no more of it today. A step that an attempt before has finished was counted then. */
  private async count(manager: EntityManager, { evaluation, ...usage }: UsageDelta, seconds: number): Promise<void> {
    const { projectId } = this.run;
    const limit = await recordUsage(manager, projectId, addUsage({ ...usage, wall_time_s: seconds }, evaluation));
    if (limit === null || this.handedBack) return;
    this.handedBack = true;
    const why = tokensUsedUp(limit);
    await runWaits(manager, this.run, why);
    this.options.handBack(why);
  }

  private async storeCheckpoint(message: TrainerMessageOf<'checkpoint'>): Promise<void> {
    const { blobs, spec } = this.options;
    const files = await this.whenThereIsRoom(() => putFolder(blobs, message.directory));
    await this.transaction(async (manager) => {
      const further = await recordCheckpoint(manager, this.run, message, { files, blobs, keep: spec.checkpoint.keep });
      if (further) await noteProgress(manager, this.options.job.id);
    });
    await rm(message.directory, { recursive: true, force: true });
  }

  private storeLog({ level, message }: TrainerMessageOf<'log'>): Promise<void> {
    const data = { attempt: this.run.attempt };
    return this.transaction(async (manager) => {
      await appendEvent(manager, this.run.id, { level, type: 'run.log', message: storableText(message), data });
      if (level === 'warn') await addWarning(manager, 'runs', this.run.id, message);
    });
  }

  private storeBudgetReached({ budget, used, limit }: TrainerMessageOf<'budget_reached'>): Promise<void> {
    const message = `The budget of ${limit} ${budget} is used up (${used}): the run stops with a checkpoint`;
    const data = { budget, used, limit, attempt: this.run.attempt };
    return this.transaction(async (manager) => {
      await appendEvent(manager, this.run.id, { level: 'warn', type: 'run.budget_reached', message, data });
      await manager.update(Run, this.run.id, { endedEarly: { reason: 'budget', message } });
    });
  }

  private storeNoImprovement({ step, value, evaluations }: TrainerMessageOf<'no_improvement'>): Promise<void> {
    const { set, metric, min_improvement: least } = evaluationOf(this.options.spec)?.best ?? {};
    const by = least ? ` by ${least}` : '';
    const message =
      `${metric} of ${set} has not risen${by} in ${evaluations} ${evaluations === 1 ? 'evaluation' : 'evaluations'}; ` +
      `its best is ${Number(value.toFixed(4))} after step ${step}: the run stops with a checkpoint`;
    const data = { set, metric, step, value, evaluations, attempt: this.run.attempt };
    return this.transaction(async (manager) => {
      await appendEvent(manager, this.run.id, { level: 'info', type: 'run.no_improvement', message, data });
      await manager.update(Run, this.run.id, { endedEarly: { reason: 'no_improvement', message } });
    });
  }

  /** Stores something, again and again while the disk of the blob store is full: what the trainer has learnt would be lost otherwise. */
  private async whenThereIsRoom<T>(store: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        const stored = await store();
        if (tries > 0)
          await this.storeLog({ type: 'log', level: 'info', message: 'There is room again: the run goes on' });
        return stored;
      } catch (error) {
        if (!isNoSpace(error)) throw error;
        if (tries === 0) await this.transaction((manager) => runWaits(manager, this.run, noSpaceOn('blobs')));
        await sleep(Math.min(MAX_REST_MS, 1000 * 2 ** tries), undefined, { signal: this.options.signal });
      }
    }
  }

  private transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.options.fence.transaction(work);
  }

  /** Seconds since the last call. */
  private lap(): number {
    const now = performance.now();
    const seconds = (now - this.lapAt) / 1000;
    this.lapAt = now;
    return seconds;
  }
}

function tokensUsedUp(limit: number): Failure {
  const message = `The project has sampled the ${limit} tokens that it may in a day: the run goes on after midnight UTC`;
  return { code: 'quota_reached', message, category: 'user' };
}
