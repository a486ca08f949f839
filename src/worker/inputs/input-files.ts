/** Brings what a job names (models, checkpoints, datasets) into local files. Refuses what failed, is gone, or belongs to somebody else. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { IsNull, MoreThan, type DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { DatasetExample } from '../../store/entities/dataset-example.entity.js';
import { Dataset } from '../../store/entities/dataset.entity.js';
import { Model } from '../../store/entities/model.entity.js';
import { NO_CHAT_TEMPLATE } from '../../store/references.js';
import type { ExampleData, StoredFile } from '../../store/shapes.js';
import { materialise } from '../files/stored-files.js';

const PAGE = 500;

export class InputFiles {
  constructor(
    private readonly dataSource: DataSource,
    private readonly blobs: BlobStore,
    private readonly projectId: string,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Lays a model or a checkpoint out in a folder.
   * @param id `mdl_…` or `ckpt_…`
   * @param asked whether prompts are to be made for it, which takes a chat template
   * @returns its files
   * @throws {AppError} INPUT_FAILED
   */
  async model(id: string, folder: string, { asked = false }: { asked?: boolean } = {}): Promise<StoredFile[]> {
    const files = id.startsWith('ckpt_') ? await this.checkpointFiles(id) : await this.modelFiles(id, asked);
    this.signal.throwIfAborted();
    await materialise(this.blobs, files, folder);
    return files;
  }

  /** @throws {AppError} INPUT_FAILED when the dataset is not usable */
  async dataset(id: string): Promise<Dataset> {
    const dataset = await this.dataSource.manager.findOneBy(Dataset, {
      id,
      projectId: this.projectId,
      deletedAt: IsNull(),
    });
    if (!dataset) throw new AppError('INPUT_FAILED', { object: 'dataset', id, reason: 'it does not exist any more' });
    if (dataset.status !== 'ready') {
      const reason = dataset.error?.message ?? `it is ${dataset.status}`;
      throw new AppError('INPUT_FAILED', { object: 'dataset', id, reason });
    }
    return dataset;
  }

  /**
   * Writes one line per example, in the dataset's order and in constant memory.
   * @param line what becomes of an example; null leaves it out
   * @param limit the first so many examples; null: all
   * @returns how many lines it wrote
   */
  async lines(
    datasetId: string,
    file: string,
    line: (example: ExampleData, index: number) => string | null,
    limit: number | null = null,
  ): Promise<number> {
    await this.dataset(datasetId);
    const out = createWriteStream(file);
    const failed = once(out, 'error').then(([error]) => Promise.reject(error as Error));
    const write = async (text: string) => {
      if (!out.write(text)) await Promise.race([once(out, 'drain'), failed]);
    };
    failed.catch(() => undefined);
    let count = 0;
    for await (const { index, data } of this.examples(datasetId, limit)) {
      const text = line(data, index);
      if (text === null) continue;
      await write(`${text}\n`);
      count += 1;
    }
    out.end();
    await Promise.race([once(out, 'finish'), failed]);
    return count;
  }

  /** The examples in order, some hundred at a time. */
  async *examples(datasetId: string, limit: number | null = null): AsyncGenerator<DatasetExample> {
    let left = limit ?? Infinity;
    let after = -1;
    while (left > 0) {
      this.signal.throwIfAborted();
      const page = await this.dataSource.manager.find(DatasetExample, {
        where: { datasetId, index: MoreThan(after) },
        order: { index: 'ASC' },
        take: Math.min(PAGE, left),
      });
      yield* page;
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      left -= page.length;
      after = last.index;
    }
  }

  private async modelFiles(id: string, asked: boolean): Promise<StoredFile[]> {
    const model = await this.dataSource.manager.findOneBy(Model, {
      id,
      projectId: this.projectId,
      deletedAt: IsNull(),
    });
    if (!model) throw new AppError('INPUT_FAILED', { object: 'model', id, reason: 'it does not exist any more' });
    if (model.status !== 'ready') {
      throw new AppError('INPUT_FAILED', {
        object: 'model',
        id,
        reason: model.error?.message ?? `it is ${model.status}`,
      });
    }
    if (asked && model.hasChatTemplate === false) {
      throw new AppError('INPUT_FAILED', { object: 'model', id, reason: NO_CHAT_TEMPLATE });
    }
    return model.files;
  }

  private async checkpointFiles(id: string): Promise<StoredFile[]> {
    const { projectId } = this;
    const checkpoint = await this.dataSource.manager.findOneBy(Checkpoint, { id, projectId, deletedAt: IsNull() });
    if (!checkpoint)
      throw new AppError('INPUT_FAILED', { object: 'model', id, reason: 'this checkpoint does not exist any more' });
    return checkpoint.files;
  }
}
