/** Tells a disk that is full, or a quota that is used up, from every other error: somebody has to make room, and nothing else helps. */

/** The code with which work is put back that found no room. */
export const NO_SPACE = 'no_space';

/** 53100 is PostgreSQL's disk_full. */
const CODES = new Set(['ENOSPC', 'EDQUOT', '53100']);

/** Whether the error, or what it was caused by, says that there is no room to write. */
export function isNoSpace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return CODES.has((error as NodeJS.ErrnoException).code ?? '') || isNoSpace(error.cause);
}
