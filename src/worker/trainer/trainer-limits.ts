/** How long a trainer is waited for, milliseconds. */
export interface TrainerLimits {
  /** From the start of the process to its hello: loading Node and the native runtime. */
  readonly helloMs: number;
  /**
   * Without a word while the worker owes it nothing. Generous, because one call into the native runtime blocks the trainer, heartbeats
   * included, for as long as it computes.
   */
  readonly silenceMs: number;
  /** From being asked to stop, or from its last word, to being killed. */
  readonly graceMs: number;
}

export const TRAINER_LIMITS: TrainerLimits = { helloMs: 120_000, silenceMs: 1_800_000, graceMs: 5_000 };

/** A trainer that looks at a model computes nothing: what keeps it silent is what was brought. */
export const CHECK_SILENCE_MS = 120_000;
