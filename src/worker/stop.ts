/** Why work is to stop: the reason of the abort signal that runs through a job. */

/**
 * | kind      | meaning                                                    | the trainer      | rows                         |
 * | --------- | ---------------------------------------------------------- | ---------------- | ---------------------------- |
 * | cancelled | a user asked                                               | asked, then killed | the subject is cancelled    |
 * | shutdown  | this worker is closing; the work goes on elsewhere         | asked, then killed | the lease is given back     |
 * | lost      | another worker may have the job, or PostgreSQL is silent   | killed             | nothing is written any more |
 */
export type StopKind = 'cancelled' | 'shutdown' | 'lost';

export class Stop extends Error {
  override readonly name = 'Stop';

  constructor(
    readonly kind: StopKind,
    message: string,
  ) {
    super(message);
  }
}

/** The stop that an aborted signal carries. */
export function stopOf(signal: AbortSignal): Stop {
  return signal.reason instanceof Stop ? signal.reason : new Stop('shutdown', String(signal.reason));
}
