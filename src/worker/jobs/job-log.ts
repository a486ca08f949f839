/** Which job a line of the log belongs to: whatever is logged while a job is worked on, and by what that calls, has its ids. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { traceIds } from '../../tracing/spans.js';

interface JobIds {
  readonly worker: string;
  readonly job: string;
  readonly kind: string;
  /** The run, the evaluation, the model, … */
  readonly subject: string;
  readonly project: string;
  readonly attempt: number;
}

const current = new AsyncLocalStorage<JobIds>();

export function loggedAs<T>(ids: JobIds, work: () => T): T {
  return current.run(ids, work);
}

/** Empty where no job is worked on; with the id of the trace where there is one. */
export function idsForLog(): Partial<JobIds> & { trace_id?: string } {
  return { ...current.getStore(), ...traceIds() };
}
