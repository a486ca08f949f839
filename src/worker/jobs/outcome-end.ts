/** What the end of a trainer means for its job, where all kinds of job agree. */
import { AppError } from '../../errors/app-error.js';
import type { TrainerFailureCode } from '../../protocol/failures.js';
import { NO_SPACE } from '../../store/blobs/no-space.js';
import type { TrainerOutcome } from '../trainer/trainer-outcome.js';
import { failure, failureOf } from './failure.js';
import type { JobEnd } from './job-processor.js';
import { noSpaceOn } from './no-space.js';
import { withoutPaths } from './without-paths.js';

/** Failures that another attempt would meet again: answers of tools are journalled, also those that say that a tool could not work. */
const LASTING: ReadonlySet<string> = new Set<TrainerFailureCode>(['too_many_infra_errors']);

/**
 * A trainer that says that the user is at fault is believed; every other failure is tried again.
 * @throws what the worker itself failed with
 */
export function endOf(outcome: TrainerOutcome, signal: AbortSignal): JobEnd {
  switch (outcome.kind) {
    case 'done':
      if (!outcome.cancelled) return { kind: 'done' };
      return signal.aborted ? { kind: 'stopped' } : retry('it stopped although nobody had asked it to');
    case 'paused':
      return { kind: 'paused', why: null };
    case 'failed': {
      const { code, category } = outcome;
      if (code === NO_SPACE) return { kind: 'no_space', failure: noSpaceOn('work') };
      const kind = category === 'user' || LASTING.has(code) ? 'failed' : 'retry';
      return { kind, failure: failure(code, withoutPaths(outcome.message), category) };
    }
    case 'crashed':
    case 'silent':
      return retry(withoutPaths(outcome.reason));
    case 'stopped':
      return { kind: 'stopped' };
    case 'error':
      throw outcome.error;
  }
}

function retry(reason: string): JobEnd {
  return { kind: 'retry', failure: failureOf(new AppError('TRAINER_FAILED', { reason })) };
}
