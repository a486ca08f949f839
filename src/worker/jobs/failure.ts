/** What is kept of an error in the row of a run, an evaluation, a model or a dataset. */
import { AppError } from '../../errors/app-error.js';
import type { ErrorCategory } from '../../spec/enums.js';
import { storableText } from '../../store/storable-text.js';
import type { Failure } from '../../store/shapes.js';
import { withoutPaths } from './without-paths.js';

/** A bug of ours is told with its message: the run's owner may be its operator, and there is nothing secret in it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AppError) return failure(error.wireCode, error.message, error.category);
  return failure('internal', withoutPaths(error instanceof Error ? error.message : String(error)), 'server');
}

/** The message may quote a program's output. */
export function failure(code: string, message: string, category: ErrorCategory): Failure {
  return { code, message: storableText(message), category };
}
