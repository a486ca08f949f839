/** Deletes bytes that nothing uses any more: of deleted datasets, models, checkpoints and exports, and of work that died half-way. */
import type { EntityManager } from 'typeorm';
import { usedBlobs } from '../uses.js';
import type { BlobStore } from './blob-store.js';

const HOUR_MS = 3_600_000;

/**
 * Bytes are stored before the row that refers to them commits, so young ones are left alone.
 * @param graceMs age from which unused bytes are deleted, and time since their user was; must exceed the longest time from storing bytes
 *   to committing their row
 * @returns how many blobs were deleted
 */
export async function sweepBlobs(manager: EntityManager, blobs: BlobStore, graceMs = HOUR_MS): Promise<number> {
  const before = new Date(Date.now() - graceMs);
  await blobs.discardAbandoned(new Date(before.getTime() - 24 * HOUR_MS));
  const used = await usedBlobs(manager, graceMs / 1000);
  let deleted = 0;
  for await (const sha256 of blobs.list(before)) {
    if (used.has(sha256)) continue;
    await blobs.delete(sha256);
    await manager.query('DELETE FROM blobs WHERE sha256 = $1', [sha256]);
    deleted++;
  }
  return deleted;
}
