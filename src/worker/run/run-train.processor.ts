/** Trains: prepares a run's inputs, has a trainer work on them, and says how it ended. What the trainer says and asks goes to the handler. */
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TrainerFailureCode } from '../../protocol/failures.js';
import type { TrainJob, WorkerMessage } from '../../protocol/messages.js';
import { isExternal, rewardOf, toolsOf } from '../../spec/run-spec.js';
import type { ToolDefinition } from '../../tools/tool.js';
import { Run } from '../../store/entities/run.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import type { Failure } from '../../store/shapes.js';
import { materialise } from '../files/stored-files.js';
import { InputFiles } from '../inputs/input-files.js';
import { openToolSet } from '../inputs/open-tool-set.js';
import { prepareRunInputs } from '../inputs/run-inputs.js';
import { openScorer } from '../inputs/scorer.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import { endOf } from '../jobs/outcome-end.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { superviseTrainer } from '../trainer/trainer-session.js';
import { JournalledTools } from './journalled-tools.js';
import { RunAgents } from './run-agents.js';
import { RunHandler } from './run-handler.js';
import { RunRecorder } from './run-recorder.js';
import { highestStep, lastCheckpoint } from './run-rollback.js';
import { runClaimed, runEnded, runPaused, runReleased } from './run-status.js';

export class RunTrainProcessor implements JobProcessor {
  private readonly logger = new Logger('Trainer');

  constructor(private readonly dependencies: WorkerDependencies) {}

  claimed(manager: EntityManager, job: ClaimedJob): Promise<void> {
    return runClaimed(manager, job);
  }

  released(manager: EntityManager, job: ClaimedJob, why: Failure | null): Promise<void> {
    return runReleased(manager, job, why);
  }

  paused(manager: EntityManager, job: ClaimedJob, why: Failure | null): Promise<void> {
    return runPaused(manager, job, why);
  }

  settle(manager: EntityManager, job: ClaimedJob, end: FinalEnd): Promise<void> {
    return runEnded(manager, job.subjectId, end);
  }

  async work(context: JobContext): Promise<JobEnd> {
    const { dataSource } = this.dependencies;
    const { job, fence, signal, pausing, handBack } = context;
    const run = await dataSource.manager.findOneByOrFail(Run, { id: job.subjectId });
    const { spec } = run;
    const files = new InputFiles(dataSource, this.dependencies.blobs, job.projectId, signal);
    const prepared = await this.prepare(context, run, files);
    const reward = rewardOf(spec);
    // A reward opens nothing before it scores.
    const scorer = reward && (await openScorer(reward, this.dependencies, job));
    const toolSet = await openToolSet(toolsOf(spec), files, this.dependencies, context, toldOfTools(run));
    try {
      const inputs = { ...prepared.inputs, tools: toolSet.definitions };
      const trainJob: TrainJob = { ...prepared.job, tools: [...toolSet.definitions], call_limits: toolSet.callLimits };
      const { provider, threads } = trainJob;
      const fromStep = trainJob.resume?.step ?? 0;
      const recorder = new RunRecorder({
        job,
        fence,
        handBack,
        blobs: this.dependencies.blobs,
        signal,
        spec,
        fromStep,
        highestStep: await highestStep(dataSource.manager, run.id),
      });
      const tools = new JournalledTools(dataSource, fence, job, toolSet);
      const attempt = { runId: run.id, attempt: job.fence, fromStep, provider, threads, spec, inputs };
      const agents = isExternal(spec) ? this.agentsOf(context) : null;
      const handler = new RunHandler({ ...attempt, fence, recorder, tools, scorer, agents });
      const outcome = await superviseTrainer({
        job: trainJob,
        handler,
        signal,
        pausing,
        ...(agents && { onStarted: (send: (message: WorkerMessage) => void) => void agents.run(send) }),
        onLine: (line) => this.logger.log(`${run.id}: ${line}`),
        entry: this.dependencies.trainerEntry,
        command: this.dependencies.trainer.command,
        limits: this.dependencies.trainerLimits,
      }).finally(() => agents?.close());
      await recorder.storeWallTime();
      return orPaused(endOf(outcome, signal));
    } finally {
      await Promise.all([toolSet.close(), scorer?.close()]);
    }
  }

  private agentsOf({ job, fence, signal }: JobContext): RunAgents {
    const { chats: bus, dataSource } = this.dependencies;
    const onProblem = (error: unknown) => this.logger.warn(`${job.subjectId}: ${String(error)}`);
    return new RunAgents({ bus, dataSource, fence, job, signal, onProblem });
  }

  private async prepare(
    { job, scratch }: JobContext,
    { id, spec, usage }: Run,
    files: InputFiles,
  ): Promise<{ job: Omit<TrainJob, 'tools' | 'call_limits'>; inputs: Record<string, unknown> }> {
    const inputs = await prepareRunInputs(this.dependencies, files, spec, scratch);
    const trainJob = {
      ...inputs.job,
      run_id: id,
      attempt: job.fence,
      resume: await this.resumePoint(id, join(scratch, 'resume')),
      usage: {
        tool_calls: usage.tool_calls,
        sampled_tokens: usage.sampled_tokens,
        wall_time_s: usage.wall_time_s,
      },
    };
    return { job: trainJob, inputs: inputs.hashes };
  }

  private async resumePoint(runId: string, directory: string): Promise<TrainJob['resume']> {
    const checkpoint = await lastCheckpoint(this.dependencies.dataSource.manager, runId);
    if (!checkpoint) return null;
    await materialise(this.dependencies.blobs, checkpoint.files, directory);
    return { step: checkpoint.step, directory };
  }
}

const PAUSES: readonly string[] = ['too_many_infra_errors', 'agents_absent'] satisfies TrainerFailureCode[];

/** What tools, judges or agents could not do is no fault of the run: it goes on when they work again. */
function orPaused(end: JobEnd): JobEnd {
  return end.kind === 'failed' && PAUSES.includes(end.failure.code) ? { kind: 'paused', why: end.failure } : end;
}

/** What the run was told of its tools when it began: a server may have others by now. Null: it begins now. */
function toldOfTools({ manifest: { inputs } }: Run): readonly ToolDefinition[] | null {
  return (inputs as { tools?: ToolDefinition[] } | undefined)?.tools ?? null;
}
