/** What a trainer says in `hello` that it can do, and what a job asks of one. Names are open: a trainer may have some that no job asks for. */
import type { Job } from './messages.js';

/** Of a trainer that can carry out runs of this method. */
export const trainsBy = (method: string): string => `method:${method}`;

/** What a trainer has to be able to do for a job: its kind, and the method of what it trains. */
export function neededCapabilities(job: Job): string[] {
  if (job.kind === 'train') return [job.kind, trainsBy(job.spec.method)];
  if (job.kind === 'preview') return [job.kind, trainsBy(job.run.spec.method)];
  return [job.kind];
}
