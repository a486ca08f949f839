/** What docs/methods.md says was fixed before the first training. Which trainings there are is in trainings.ts. */

export const protocol = {
  /** None of the seeds with which the recipe was chosen, or on which the study of tool calls runs. */
  seed: 21,
  /** Of a method that learns from rewards: 8 prompts and 64 trajectories each, in two updates. */
  steps: 20,
  /** Of one that learns from pairs, one update each. */
  pairSteps: 100,
  pairsPerStep: 16,
  /** Answers to each held-out question, at temperature 1. */
  samples: 2,
  /** A method learns if its exact match rises by at least this, and by more than so many standard errors of the difference. */
  gain: 0.1,
  standardErrors: 3,
} as const;
