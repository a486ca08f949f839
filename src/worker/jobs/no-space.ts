/** A disk that is full: work waits until the operator has made room, which costs it no attempt. Says which disk, and not where it is. */
import { isNoSpace, NO_SPACE } from '../../store/blobs/no-space.js';
import type { Failure } from '../../store/shapes.js';
import { failure } from './failure.js';

export type Disk = 'blobs' | 'work' | 'files' | 'database';

const NAMES: Readonly<Record<Disk, string>> = {
  blobs: 'the disk of the blob store is full (BLOB_DIR)',
  work: 'the disk of the worker’s work in progress is full (BOUGH_DATA_DIR)',
  files: 'the disk of the blob store or of the worker’s work in progress is full (BLOB_DIR, BOUGH_DATA_DIR)',
  database: 'the disk of PostgreSQL is full',
};

/** What a user is told, who may not be the operator. */
export function noSpaceOn(disk: Disk): Failure {
  const message = `Waiting for room: ${NAMES[disk]}. When the operator has made some, the work goes on by itself`;
  return failure(NO_SPACE, message, 'server');
}

/** What work failed with, when that was a full disk; else null. */
export function noSpaceOf(error: unknown): Failure | null {
  if (!isNoSpace(error)) return null;
  return noSpaceOn((error as { code?: unknown }).code === '53100' ? 'database' : 'files');
}
