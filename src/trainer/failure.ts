import type { TrainerFailureCode } from '../protocol/failures.js';

/** Why a job cannot go on, in words for the user who started it. Anything else that is thrown is a fault of the service. */
export class TrainerFailure extends Error {
  override readonly name = 'TrainerFailure';

  constructor(
    readonly code: TrainerFailureCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
