/** How a trainer's work ended, as far as the supervision can tell. What follows for the job is decided by its processor. */
import type { ErrorCategory } from '../../spec/enums.js';

export type TrainerOutcome =
  /** It said that it was done, and everything that it said before is stored. */
  | { kind: 'done'; cancelled: boolean }
  /** It ended where it can go on, as it was asked to, and everything that it said before is stored. */
  | { kind: 'paused' }
  /** It said why it could not go on. */
  | { kind: 'failed'; category: ErrorCategory; code: string; message: string }
  /** It died, or could not be understood. */
  | { kind: 'crashed'; reason: string }
  /** It said nothing more, and was killed. */
  | { kind: 'silent'; reason: string }
  /** It was told to stop, and has ended. */
  | { kind: 'stopped' }
  /** The worker could not do its part. */
  | { kind: 'error'; error: unknown };
