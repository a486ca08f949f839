/** How long a hub is waited for, and how often it is asked again. */
export interface HubLimits {
  /** Until an answer begins. */
  readonly answerMs: number;
  /** Between two pieces of an answer. */
  readonly idleMs: number;
  /** How long an answer may be slower than `minBytesPerS` on average. */
  readonly paceMs: number;
  readonly minBytesPerS: number;
  /** Failures in a row, of kinds that pass, after which it is given up. */
  readonly tries: number;
  /** Doubles with each failure. */
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
}

export const HUB_LIMITS: HubLimits = {
  answerMs: 30_000,
  idleMs: 60_000,
  paceMs: 300_000,
  minBytesPerS: 1024,
  tries: 6,
  firstWaitMs: 500,
  maxWaitMs: 15_000,
};
