/** One optimiser step on a policy: gradients are added up, clipped and turned into new weights where they are, on the host or on a device. */
import type { Gradient } from '../training/pass.js';
import type { AdamWState } from './adamw.js';

export type Gradients = Map<string, Gradient>;

export interface StepOptions {
  learningRate: number;
  /** null: does not clip. */
  maxGradNorm: number | null;
}

export interface Optimizer {
  /** Adds a part's gradients to the total's. Uses up both; the sum is what it returns. */
  add: (total: Gradients, part: Gradients) => Promise<Gradients>;
  /** Clips and steps; uses the gradients up. Returns their norm before clipping, and changes nothing where that is not finite. */
  step: (gradients: Gradients, options: StepOptions) => Promise<number>;
  /** On the host, to be written before the next step. */
  state: () => Promise<AdamWState>;
  /** Goes on from a stored state. Throws a TypeError that names a moment which is missing or misshapen. */
  restore: (state: AdamWState) => void;
}
