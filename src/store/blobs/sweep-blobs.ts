/** Deletes bytes that nothing refers to any more: of deleted datasets, models, checkpoints and exports, and of work that died half-way. */
import type { EntityManager } from 'typeorm';
import type { BlobStore } from './blob-store.js';

const HOUR_MS = 3_600_000;

const IN_USE = '(deleted_at IS NULL OR deleted_at > clock_timestamp() - make_interval(secs => $1))';
/** $1 seconds for which what a deleted row refers to stays: it may be under way to a client. */
const REFERENCED = `
  SELECT sha256 FROM datasets WHERE ${IN_USE}
  UNION SELECT archive_sha256 FROM models WHERE ${IN_USE}
  UNION SELECT file ->> 'sha256' FROM models, jsonb_array_elements(files) AS file WHERE ${IN_USE}
  UNION SELECT file ->> 'sha256' FROM checkpoints, jsonb_array_elements(files) AS file WHERE ${IN_USE}
  UNION SELECT file ->> 'sha256' FROM exports, jsonb_array_elements(files) AS file WHERE ${IN_USE}`;

/**
 * Bytes are stored before the row that refers to them commits, so young ones are left alone.
 * @param graceMs age from which unreferenced bytes are deleted, and time since their row was; must exceed the longest time from storing bytes
 *   to committing their row
 * @returns how many blobs were deleted
 */
export async function sweepBlobs(manager: EntityManager, blobs: BlobStore, graceMs = HOUR_MS): Promise<number> {
  const before = new Date(Date.now() - graceMs);
  await blobs.discardAbandoned(new Date(before.getTime() - 24 * HOUR_MS));
  const rows = await manager.query<{ sha256: string }[]>(REFERENCED, [graceMs / 1000]);
  const referenced = new Set(rows.map((row) => row.sha256));
  let deleted = 0;
  for await (const sha256 of blobs.list(before)) {
    if (referenced.has(sha256)) continue;
    await blobs.delete(sha256);
    await manager.query('DELETE FROM blobs WHERE sha256 = $1', [sha256]);
    deleted++;
  }
  return deleted;
}
