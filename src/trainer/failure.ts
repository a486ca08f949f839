import type { ErrorCategory } from '../spec/enums.js';

/** Why a job cannot go on, in words for the user who started it. Anything else that is thrown is a fault of the service. */
export class TrainerFailure extends Error {
  override readonly name = 'TrainerFailure';

  constructor(
    readonly category: ErrorCategory,
    /** Stable, in lower case. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
