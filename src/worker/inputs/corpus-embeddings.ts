/**
 * Embeds the documents of a corpus, once for each model. They are stored in parts, each as soon as it is done, so that whoever goes on after an end, or a
 * server that failed, asks only for the rest. What is stored is what counts: the same texts may be embedded a little differently another time.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { recordBlob } from '../../store/blobs/record-blob.js';
import { CorpusEmbedding } from '../../store/entities/corpus-embedding.entity.js';
import { Dataset } from '../../store/entities/dataset.entity.js';
import type { Vectors } from '../../tools/corpus/dense-ranking.js';
import type { Embedder } from '../../tools/corpus/embedder.js';
import { changedDimensions } from '../../tools/search.js';
import { retryTransient } from '../claim/retry-transient.js';
import type { CorpusContext, ReadyCorpus } from './corpus-context.js';
import { textsBetween } from './corpus-texts.js';
import { broughtHere, keepNamedBlobs } from './derived-blobs.js';

/** Raised when the bytes mean something else: what was embedded before is then not used. */
const FORMAT = 1;
/** Documents of a part. */
const PART = 4096;
/** Of all embeddings of a corpus, which are held in memory while it is searched. */
const MAX_BYTES = 2 ** 31;
/** Ways to embed a corpus that are kept, those begun last. */
const MAX_KEPT = 4;

const logger = new Logger('Search');

/** @throws {AppError} INPUT_FAILED for an endpoint that does not embed the corpus */
export async function embeddedCorpus(
  corpus: ReadyCorpus,
  embedder: Embedder,
  context: CorpusContext,
): Promise<Vectors> {
  const key = createHash('sha256')
    .update(JSON.stringify({ format: FORMAT, ...embedder.identity }))
    .digest('hex');
  const documents = corpus.numExamples ?? 0;
  const paths: string[] = [];
  let dimensions = 0;
  for (let part = 0; part * PART < documents; part += 1) {
    context.signal.throwIfAborted();
    const path = join(context.scratch, `embeddings-${corpus.id}-${part}`);
    const found = await new CorpusPart({ datasetId: corpus.id, key, part }, path, context).open(async () => {
      const to = Math.min(documents, (part + 1) * PART);
      const vectors = await embedded(corpus.id, { from: part * PART, to }, embedder, context);
      logger.log(`${to} of ${documents} documents of ${corpus.id} are embedded`);
      return vectors;
    });
    dimensions ||= found;
    if (found !== dimensions) throw refusal(changedDimensions(embedder, dimensions, found));
    if (4 * dimensions * documents > MAX_BYTES) throw refusal(tooLarge(documents, dimensions));
    paths.push(path);
  }
  return { paths, dimensions };
}

/** Some of the documents, in order. */
async function embedded(
  id: string,
  { from, to }: { from: number; to: number },
  embedder: Embedder,
  { dataSource, signal }: CorpusContext,
): Promise<Float32Array[]> {
  const texts: string[] = [];
  for await (const page of textsBetween(dataSource, id, { from, to }, signal)) texts.push(...page);
  try {
    return await embedder.documents(texts, signal);
  } catch (error) {
    signal.throwIfAborted();
    const kept = from === 0 ? '' : '. What was embedded before is kept: post the same again to go on';
    throw refusal(`documents ${from} to ${to - 1} of ${id} were not embedded: ${(error as Error).message}${kept}`);
  }
}

/** One part: stored by whoever has it first. */
class CorpusPart {
  constructor(
    private readonly id: Pick<CorpusEmbedding, 'datasetId' | 'key' | 'part'>,
    private readonly path: string,
    private readonly context: CorpusContext,
  ) {}

  /**
   * Has it lie at its path.
   * @param make its vectors, where they are not stored or not whole
   * @returns their dimensions
   */
  async open(make: () => Promise<Float32Array[]>): Promise<number> {
    const { id, path, context } = this;
    const find = () => context.dataSource.manager.findOneBy(CorpusEmbedding, id);
    const stored = await retryTransient(find, context.signal);
    if (stored && (await this.brought(stored))) return stored.dimensions;
    const vectors = await make();
    await writeFile(path, Buffer.concat(vectors.map(bytesOf)));
    const dimensions = vectors[0]?.length ?? 0;
    const other = await this.keep(dimensions, stored?.sha256 ?? null);
    if (!other) return dimensions;
    if (!(await this.brought(other)))
      throw new Error(`embeddings of ${id.datasetId} that were just stored are damaged`);
    return other.dimensions;
  }

  private brought({ sha256, sizeBytes: size_bytes }: CorpusEmbedding): Promise<boolean> {
    const what = `part ${this.id.part} of the embeddings of ${this.id.datasetId}`;
    return broughtHere(what, { sha256, size_bytes }, this.path, this.context.blobs);
  }

  /**
   * Stores what lies at the path, unless the dataset has been deleted meanwhile.
   * @param damaged what it replaces
   * @returns what another worker has stored before; null: nothing else
   */
  private async keep(dimensions: number, damaged: string | null): Promise<CorpusEmbedding | null> {
    const { id, path, context } = this;
    const { datasetId } = id;
    const blob = await context.blobs.put(path);
    const record = () =>
      context.dataSource.transaction(async (manager) => {
        const where = { id: datasetId, deletedAt: IsNull() };
        if (!(await manager.findOne(Dataset, { where, lock: { mode: 'pessimistic_write' } }))) return null;
        if (damaged !== null) await manager.delete(CorpusEmbedding, { ...id, sha256: damaged });
        const other = await manager.findOneBy(CorpusEmbedding, id);
        if (other) return other.sha256 === blob.sha256 ? null : other;
        await manager.insert(CorpusEmbedding, { ...id, dimensions, ...blob });
        await recordBlob(manager, datasetId, blob);
        await manager.query(FORGET_OLDEST, [datasetId, MAX_KEPT]);
        await keepNamedBlobs(manager, datasetId);
        return null;
      });
    return retryTransient(record, context.signal);
  }
}

const FORGET_OLDEST = `
  DELETE FROM corpus_embeddings WHERE dataset_id = $1 AND NOT key IN (
    SELECT key FROM corpus_embeddings WHERE dataset_id = $1 GROUP BY key ORDER BY min(created_at) DESC LIMIT $2)`;

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const refusal = (reason: string): AppError => new AppError('INPUT_FAILED', { object: 'tool', id: 'search', reason });

const tooLarge = (documents: number, dimensions: number): string =>
  `${documents} embeddings of ${dimensions} dimensions take ${((4 * dimensions * documents) / 2 ** 30).toFixed(1)} GiB of memory, and at most ${MAX_BYTES / 2 ** 30} are searched: split the corpus, or name a model of fewer dimensions`;
