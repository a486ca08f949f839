/** Makes a new model: has a trainer initialise its weights and train its tokenizer, and stores the files. */
import { join } from 'node:path';
import type { EntityManager } from 'typeorm';
import type { CreateModelJob } from '../../protocol/messages.js';
import type { SourceOf } from '../../spec/model-spec.js';
import { Model } from '../../store/entities/model.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { putFolder } from '../files/stored-files.js';
import { textsOf } from '../inputs/example-lines.js';
import { InputFiles } from '../inputs/input-files.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { runModelTrainer } from './model-trainer.js';
import { settleModel, storeModel } from './settle-model.js';

type RandomSource = SourceOf<'random'>;

export class ModelCreateProcessor implements JobProcessor {
  constructor(private readonly dependencies: WorkerDependencies) {}

  async claimed(): Promise<void> {}

  async released(): Promise<void> {}

  settle(manager: EntityManager, { subjectId }: ClaimedJob, end: FinalEnd): Promise<void> {
    return settleModel(manager, subjectId, end);
  }

  async work(context: JobContext): Promise<JobEnd> {
    const { dataSource, blobs } = this.dependencies;
    const { id, source } = await dataSource.manager.findOneByOrFail(Model, { id: context.job.subjectId });
    if (source.type !== 'random') throw new Error(`a model of source ${source.type} is not made but brought`);
    const job = await this.prepare(context, id, source);
    const { end, facts } = await runModelTrainer(this.dependencies, context, job);
    if (end.kind !== 'done') return end;
    if (!facts) throw new Error('the trainer has not said what it made');
    const files = await putFolder(blobs, job.output_directory);
    await context.fence.transaction((manager) => storeModel(manager, blobs, id, { facts, files }));
    return end;
  }

  private async prepare(
    { job, signal, scratch }: JobContext,
    id: string,
    source: RandomSource,
  ): Promise<CreateModelJob> {
    const { dataSource, blobs, threads } = this.dependencies;
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
}
