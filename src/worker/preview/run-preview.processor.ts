/** Previews a run: prepares its inputs as a run's are, has a trainer measure its first steps, and keeps what was found. Trains nothing that stays. */
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import type { PreviewJob } from '../../protocol/messages.js';
import type { WarnedPreviewResult } from '../../spec/preview.js';
import { rewardOf, toolsOf } from '../../spec/run-spec.js';
import { DirectoryBlobStore } from '../../store/blobs/directory-blob-store.js';
import { RunPreview } from '../../store/entities/run-preview.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { storableJson } from '../../store/storable-json.js';
import { InputFiles } from '../inputs/input-files.js';
import { openToolSet } from '../inputs/open-tool-set.js';
import { prepareRunInputs, type RunInputs } from '../inputs/run-inputs.js';
import { openScorer } from '../inputs/scorer.js';
import type { ToolSet } from '../inputs/tool-set.js';
import { failure, failureOfEnd } from '../jobs/failure.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import { endOf } from '../jobs/outcome-end.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { Stop } from '../stop.js';
import { superviseTrainer } from '../trainer/trainer-session.js';
import { PreviewHandler } from './preview-handler.js';

/** What a preview may take altogether. */
const LIMIT_MS = 600_000;

const LESS =
  'lower rollout.group_size, rollout.max_response_tokens or training.max_batch_tokens, or take a smaller model to preview this run';
const EMBEDDING =
  'the corpus was still being embedded. What was embedded is kept: preview it again to go on, or post the run, which has no such limit';

interface Progress {
  /** What to do if the preview takes too long where it is now. */
  remedy: string;
}

export class RunPreviewProcessor implements JobProcessor {
  private readonly logger = new Logger('Preview');

  constructor(
    private readonly dependencies: WorkerDependencies,
    private readonly limitMs = LIMIT_MS,
  ) {}

  async claimed(): Promise<void> {}

  async released(): Promise<void> {}

  async settle(manager: EntityManager, { subjectId: id }: ClaimedJob, end: FinalEnd): Promise<void> {
    const error = failureOfEnd(end, 'this preview');
    await manager.update(RunPreview, { id, status: 'processing' }, { status: error ? 'failed' : 'ready', error });
  }

  /** A preview that ends badly is not tried again: how it ended is what the user wants to know. */
  async work(context: JobContext): Promise<JobEnd> {
    const deadline = new AbortController();
    const minutes = Math.round(this.limitMs / 60_000);
    const progress: Progress = { remedy: LESS };
    const late = () => `The preview did not finish within ${minutes} minutes: ${progress.remedy}`;
    const timer = setTimeout(() => deadline.abort(new Stop('cancelled', late())), this.limitMs);
    const signal = AbortSignal.any([context.signal, deadline.signal]);
    try {
      const end = await this.preview({ ...context, signal }, progress).catch((error: unknown): JobEnd => {
        // The inputs are laid out under the same limit, and end by throwing.
        if (!deadline.signal.aborted) throw error;
        return { kind: 'stopped' };
      });
      if (deadline.signal.aborted && !context.signal.aborted && end.kind !== 'done')
        return { kind: 'failed', failure: failure('preview_too_long', late(), 'user') };
      return end.kind === 'retry' ? { kind: 'failed', failure: end.failure } : end;
    } finally {
      clearTimeout(timer);
    }
  }

  private async preview({ job, fence, signal, scratch }: JobContext, progress: Progress): Promise<JobEnd> {
    const { dataSource, blobs, trainerEntry, trainerLimits } = this.dependencies;
    const { id, spec } = await dataSource.manager.findOneByOrFail(RunPreview, { id: job.subjectId });
    if (!spec) throw new Error(`preview ${id} has no spec`);
    const files = new InputFiles(dataSource, blobs, job.projectId, signal);
    const { job: inputs } = await prepareRunInputs(this.dependencies, files, spec, scratch);
    const reward = rewardOf(spec);
    // A reward opens nothing before it scores.
    const scorer = reward && (await openScorer(reward, this.dependencies, job));
    const tools = toolsOf(spec);
    if (tools.some((tool) => 'embeddings' in tool && tool.embeddings)) progress.remedy = EMBEDDING;
    const toolSet = await openToolSet(tools, files, this.dependencies, { job, signal, scratch });
    progress.remedy = LESS;
    try {
      const onLine = (line: string) => this.logger.log(`${id}: ${line}`);
      const handler = new PreviewHandler({
        toolSet,
        scorer,
        blobs: new DirectoryBlobStore(join(scratch, 'blobs')),
        onResult: (found) => fence.transaction((manager) => keep(manager, id, found)),
        onLog: onLine,
      });
      const preview: PreviewJob = { kind: 'preview', preview_id: id, run: wholeRun(id, inputs, toolSet) };
      const options = { handler, signal, onLine, entry: trainerEntry, limits: trainerLimits };
      return endOf(await superviseTrainer({ job: preview, ...options }), signal);
    } finally {
      await Promise.all([toolSet.close(), scorer?.close()]);
    }
  }
}

/** The run from its beginning, which the preview takes a part of. */
function wholeRun(id: string, inputs: RunInputs['job'], { definitions, callLimits }: ToolSet): PreviewJob['run'] {
  const usage = { tool_calls: 0, sampled_tokens: 0, wall_time_s: 0 };
  return { ...inputs, run_id: id, attempt: 0, tools: [...definitions], call_limits: callLimits, resume: null, usage };
}

/** A prompt's text may hold what PostgreSQL cannot. */
async function keep(manager: EntityManager, id: string, found: WarnedPreviewResult): Promise<void> {
  // The type of update refuses open jsonb objects, which the column allows.
  const values = { result: storableJson(found) } as QueryDeepPartialEntity<RunPreview>;
  await manager.update(RunPreview, { id }, values);
}
