/** What is kept of an error in the row of a run, an evaluation, a model or a dataset. */
import { AppError } from '../../errors/app-error.js';
import type { ErrorCategory } from '../../spec/enums.js';
import { storableText } from '../../store/storable-text.js';
import type { Failure } from '../../store/shapes.js';
import type { FinalEnd } from './job-processor.js';
import { withoutPaths } from './without-paths.js';

/** A bug of ours is told with its message: the run's owner may be its operator, and there is nothing secret in it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AppError) return failure(error.wireCode, error.message, error.category);
  return failure('internal', withoutPaths(error instanceof Error ? error.message : String(error)), 'server');
}

/** What an end other than success leaves in the row; null for success. @param what was cancelled, as in `the import` */
export function failureOfEnd(end: FinalEnd, what: string): Failure | null {
  if (end.kind === 'cancelled') return failure('cancelled', `${what} was cancelled`, 'user');
  return end.kind === 'failed' ? end.failure : null;
}

/** The message may quote a program's output. */
export function failure(code: string, message: string, category: ErrorCategory): Failure {
  return { code, message: storableText(message), category };
}
