/** Blobs that are made of a corpus and can be made anew: brings them here where they are whole, and keeps those that are in use from the sweep. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { CorpusEmbedding } from '../../store/entities/corpus-embedding.entity.js';
import { Dataset } from '../../store/entities/dataset.entity.js';
import type { StoredFile } from '../../store/shapes.js';
import { keepBlobUses } from '../../store/uses.js';
import { materialise } from '../files/stored-files.js';

const logger = new Logger('Search');

/**
 * @param what it is, for the log
 * @param path where its bytes are to lie; what lies there is replaced
 * @returns whether the bytes that were stored lie there now
 */
export async function broughtHere(
  what: string,
  { sha256, size_bytes }: Omit<StoredFile, 'name'>,
  path: string,
  blobs: BlobStore,
): Promise<boolean> {
  try {
    await rm(path, { force: true });
    await materialise(blobs, [{ name: basename(path), sha256, size_bytes }], dirname(path));
    if ((await sha256Of(path)) === sha256) return true;
    logger.warn(`${what} is damaged and is made anew`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    logger.warn(`${what} is made anew: ${error.message}`);
  }
  await rm(path, { force: true });
  return false;
}

/** Ends the uses of what the corpus does not name any more. Its row is locked by now, so that nobody names something meanwhile. */
export async function keepNamedBlobs(manager: EntityManager, datasetId: string): Promise<void> {
  const { sha256, searchIndex } = await manager.findOneByOrFail(Dataset, { id: datasetId });
  const embeddings = await manager.findBy(CorpusEmbedding, { datasetId });
  const named = [sha256, ...(searchIndex ? [searchIndex.sha256] : []), ...embeddings.map((one) => one.sha256)];
  await keepBlobUses(manager, datasetId, named);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}
