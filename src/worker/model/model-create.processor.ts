/** Makes a new model: has a trainer initialise its weights and train its tokenizer, and stores the files. */
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { CreateModelJob } from '../../protocol/messages.js';
import type { ModelSpecInput } from '../../spec/model-spec.js';
import { Model } from '../../store/entities/model.entity.js';
import type { ClaimedJob } from '../claim/claimed-job.js';
import { putFolder, registerBlobs } from '../files/stored-files.js';
import { textsOf } from '../inputs/example-lines.js';
import { InputFiles } from '../inputs/input-files.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import { endOf } from '../jobs/outcome-end.js';
import type { Workshop } from '../jobs/workshop.js';
import { superviseTrainer } from '../trainer/trainer-session.js';
import { LogOnlyDesk } from './log-only-desk.js';
import { modelFacts } from './model-facts.js';

type RandomSource = Extract<ModelSpecInput['source'], { type: 'random' }>;

export class ModelCreateProcessor implements JobProcessor {
  private readonly logger = new Logger('Model');

  constructor(private readonly workshop: Workshop) {}

  async claimed(): Promise<void> {}

  async released(): Promise<void> {}

  async settle(manager: EntityManager, { subjectId: id }: ClaimedJob, end: FinalEnd): Promise<void> {
    if (end.kind === 'done')
      await manager.update(Model, { id, status: 'processing' }, { status: 'ready', error: null });
    if (end.kind === 'failed')
      await manager.update(Model, { id, status: 'processing' }, { status: 'failed', error: end.failure });
    if (end.kind === 'cancelled') {
      const error = { code: 'cancelled', message: 'the making of this model was cancelled', category: 'user' } as const;
      await manager.update(Model, { id, status: 'processing' }, { status: 'failed', error });
    }
  }

  async work(context: JobContext): Promise<JobEnd> {
    const { dataSource, trainerEntry, trainerLimits } = this.workshop;
    const { id, source } = await dataSource.manager.findOneByOrFail(Model, { id: context.job.subjectId });
    if (source.type !== 'random')
      throw new AppError('NOT_IMPLEMENTED_YET', { feature: `The model source ${source.type}` });
    const job = await this.prepare(context, id, source);
    const onLine = (line: string) => this.logger.log(`${id}: ${line}`);
    const outcome = await superviseTrainer({
      job,
      desk: new LogOnlyDesk(onLine),
      signal: context.signal,
      onLine,
      entry: trainerEntry,
      limits: trainerLimits,
    });
    const end = endOf(outcome, context.signal);
    if (end.kind === 'done') await this.store(context, job);
    return end;
  }

  private async prepare(
    { job, signal, scratch }: JobContext,
    id: string,
    source: RandomSource,
  ): Promise<CreateModelJob> {
    const { dataSource, blobs, threads } = this.workshop;
    const files = new InputFiles(dataSource, blobs, job.projectId, signal);
    return {
      kind: 'create_model',
      model_id: id,
      architecture: source.architecture,
      tokenizer: await this.prepareTokenizer(files, source.tokenizer, scratch),
      seed: source.seed ?? 0,
      output_directory: join(scratch, 'output'),
      threads,
    };
  }

  private async prepareTokenizer(
    files: InputFiles,
    tokenizer: RandomSource['tokenizer'],
    scratch: string,
  ): Promise<CreateModelJob['tokenizer']> {
    if (typeof tokenizer === 'string') {
      const directory = join(scratch, 'tokenizer');
      await files.model(tokenizer, directory);
      return { directory };
    }
    const { dataset, vocab_size, added_tokens = [] } = tokenizer.train;
    const texts: string[] = [];
    for (const datasetId of [dataset].flat()) {
      const file = join(scratch, `${datasetId}.jsonl`);
      await files.lines(
        datasetId,
        file,
        (example) =>
          textsOf(example)
            .map((text) => JSON.stringify(text))
            .join('\n') || null,
      );
      texts.push(file);
    }
    return { texts, vocab_size, added_tokens };
  }

  private async store(
    { fence }: JobContext,
    { model_id: id, architecture, output_directory }: CreateModelJob,
  ): Promise<void> {
    const { blobs } = this.workshop;
    const facts = await modelFacts(output_directory, architecture);
    const files = await putFolder(blobs, output_directory);
    await fence.transaction(async (manager) => {
      await registerBlobs(manager, blobs, output_directory, files);
      await manager.update(Model, id, { ...facts, files });
    });
  }
}
