/** What a trainer says in `hello` that it can do, and what a job asks of one. Names are open: a trainer may have some that no job asks for. */
import type { Job } from './messages.js';

/** Of a trainer that can carry out runs of this method. */
export const trainsBy = (method: string): string => `method:${method}`;

const WORLD_SIZE = /^world_size:(\d{1,6})$/;

/** How many processes of one run a trainer can place: one, unless it says `world_size:` with a number. */
export function worldSizeIn(capabilities: readonly string[]): number {
  return Math.max(1, ...capabilities.map((name) => Number(WORLD_SIZE.exec(name)?.[1] ?? 1)));
}

/** What a trainer has to be able to do for a job: its kind, and the method of what it trains. */
export function neededCapabilities(job: Job): string[] {
  if (job.kind === 'train') return [job.kind, trainsBy(job.spec.method)];
  if (job.kind === 'preview') return [job.kind, trainsBy(job.run.spec.method)];
  return [job.kind];
}
