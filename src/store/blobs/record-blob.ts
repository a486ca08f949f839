/** Notes in the table of blobs that the store holds these bytes, and who uses them. To be called in the transaction that refers to them. */
import type { EntityManager } from 'typeorm';
import { Blob } from '../entities/blob.entity.js';
import { recordBlobUse } from '../uses.js';
import type { StoredBlob } from './blob-store.js';

/** @param userId of the dataset, model, checkpoint or export whose bytes they are */
export async function recordBlob(
  manager: EntityManager,
  userId: string,
  { sha256, sizeBytes }: StoredBlob,
): Promise<void> {
  await manager.createQueryBuilder().insert().into(Blob).values({ sha256, sizeBytes }).orIgnore().execute();
  await recordBlobUse(manager, userId, sha256);
}
