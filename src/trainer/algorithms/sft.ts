/** Supervised fine-tuning: the mean negative log-likelihood of all targets of a step. */
import { sft as negativeLogLikelihood } from '../../engine/index.js';
import type { SupervisedAlgorithm } from './supervised.js';

export const sft: SupervisedAlgorithm = {
  objective: negativeLogLikelihood,
  hasReference: false,
  learn({ sequences, step }) {
    const count = sequences.reduce((sum, { targets }) => sum + targets, 0);
    return { values: { weights: new Float32Array(count).fill(1 / step.targets) }, metrics: {} };
  },
};
