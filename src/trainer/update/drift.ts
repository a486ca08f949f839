/**
 * How far the policy is from the one that sampled, and how uncertain it is: the metrics that every objective has alike. Those of the objective itself come from its
 * own graph. Pure. Each number is a sum over unique target tokens, so that the parts of a batch add up.
 */
import type { TargetStatistics } from '../../engine/index.js';
import type { TargetCredit } from './packed-trees.js';

export interface DriftSums {
  /** Unique tokens, the trajectories through them, and their summed weight. */
  tokens: number;
  copies: number;
  weight: number;
  /** Of weight x entropy. */
  entropy: number;
  /** Of copies x (log-probability when sampled - now). */
  klToOld: number;
  /** Of |log-probability now - when sampled|. */
  gap: number;
  ratioMax: number;
}

export function noDrift(): DriftSums {
  return { tokens: 0, copies: 0, weight: 0, entropy: 0, klToOld: 0, gap: 0, ratioMax: 0 };
}

/** Adds a part's tokens to `sums`. */
export function addDrift(
  sums: DriftSums,
  { logprobs, entropies }: TargetStatistics,
  { oldLogprobs, weights, copies }: Pick<TargetCredit, 'oldLogprobs' | 'weights' | 'copies'>,
): void {
  logprobs.forEach((logprob, u) => {
    const drift = logprob - oldLogprobs[u]!;
    sums.tokens += 1;
    sums.copies += copies[u]!;
    sums.weight += weights[u]!;
    sums.entropy += weights[u]! * entropies[u]!;
    sums.klToOld -= copies[u]! * drift;
    sums.gap += Math.abs(drift);
    sums.ratioMax = Math.max(sums.ratioMax, Math.exp(drift));
  });
}

/** The weighted mean of the entropy, the mean over copied tokens of the KL estimate, and the largest ratio. */
export function driftMetrics(sums: DriftSums): { kl_to_old: number; entropy: number; ratio_max: number } {
  return {
    kl_to_old: sums.klToOld / Math.max(1, sums.copies),
    entropy: sums.entropy / sums.weight,
    ratio_max: sums.ratioMax,
  };
}
