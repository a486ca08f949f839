/** What docs/tool-calls.md says was fixed before the first run: sizes, margins and seeds. Which runs are compared is in arms.ts, on what in tasks.ts. */

export const protocol = {
  /** None of the seeds with which the recipe and the arms were chosen. */
  firstSeed: 11,
  /** Steps between two evaluations; the cold start is evaluated too. */
  evaluateEvery: 5,
  /** Answers to each held-out question, at temperature 1. */
  samples: 4,
  /** The endpoint is reached at GRPO's final exact match less this. */
  endpointMargin: 0.01,
  /** What exact match may be lower by, at equal steps and at equal calls. */
  accuracyMargin: 0.02,
  /** Steps after which accuracy is compared: GRPO's last. */
  equalSteps: 50,
  bootstrap: { resamples: 10_000, level: 0.95 },
} as const;
