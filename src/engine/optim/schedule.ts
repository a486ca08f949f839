/** Learning-rate schedules: a closed table of shapes between 1 and the final fraction. */
export interface Schedule {
  learning_rate: number;
  warmup_steps: number;
  schedule: 'constant' | 'linear' | 'cosine' | 'constant_then_linear';
  /** Learning rate at the end over the peak. */
  final_fraction: number;
  /** Share of the updates after which `constant_then_linear` decays. */
  decay_start: number;
}

/** Decay at `progress` in [0, 1] of the updates after the warm-up. */
const shapes: { readonly [K in Schedule['schedule']]: (progress: number, s: Schedule) => number } = {
  constant: () => 1,
  linear: (progress, s) => 1 - (1 - s.final_fraction) * progress,
  cosine: (progress, s) => s.final_fraction + (1 - s.final_fraction) * 0.5 * (1 + Math.cos(Math.PI * progress)),
  constant_then_linear: (progress, s) => {
    const decayed = Math.max(0, progress - s.decay_start) / Math.max(1e-12, 1 - s.decay_start);
    return 1 - (1 - s.final_fraction) * Math.min(1, decayed);
  },
};

/** Learning rate of an update, counted from 0, of `updates` in all. Warm-up is linear and reaches the peak at update `warmup_steps`. */
export function learningRate(s: Schedule, update: number, updates: number): number {
  if (update < s.warmup_steps) return (s.learning_rate * (update + 1)) / (s.warmup_steps + 1);
  const progress = (update - s.warmup_steps) / Math.max(1, updates - s.warmup_steps);
  return s.learning_rate * shapes[s.schedule](progress, s);
}
