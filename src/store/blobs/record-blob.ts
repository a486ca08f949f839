/** Notes in the table of blobs that the store holds these bytes. To be called in the transaction that refers to them. */
import type { EntityManager } from 'typeorm';
import { Blob } from '../entities/blob.entity.js';
import type { StoredBlob } from './blob-store.js';

export async function recordBlob(manager: EntityManager, { sha256, sizeBytes }: StoredBlob): Promise<void> {
  await manager.createQueryBuilder().insert().into(Blob).values({ sha256, sizeBytes }).orIgnore().execute();
}
