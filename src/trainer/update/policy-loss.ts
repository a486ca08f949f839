/**
 * What the clipped objective did with a batch, from log-probabilities on the host. The loss that is differentiated lives in the engine;
 * this computes the same terms for metrics. Pure. Each number is a sum, so that micro-batches add up; `policyMetrics` makes means.
 *
 * Per unique token u with ratio r: pg = -(A+ min(r, 1 + clip_high) + A- min(max(r, 1 - clip_low), dual_clip)), which is the sum over u's
 * trajectories of max(-A r, -A clip(r)), capped at -A dual_clip for A < 0 (PPO, arXiv 1707.06347; dual clip, arXiv 1912.09729).
 */

/** One value per unique target token; the counts say how many trajectories it stands for. */
export interface PolicyTokens {
  logprobs: Float32Array;
  oldLogprobs: Float32Array;
  referenceLogprobs: Float32Array | null;
  entropies: Float32Array;
  positive: Float32Array;
  negative: Float32Array;
  weights: Float32Array;
  copies: Int32Array;
  positiveCopies: Int32Array;
  negativeCopies: Int32Array;
}

export interface ClipBounds {
  clipLow: number;
  clipHigh: number;
  dualClip: number | null;
}

/** Sums over tokens; those named `…Copies` count a token once per trajectory. */
export interface PolicySums {
  pgLoss: number;
  /** Null while no token had a reference. */
  klToReference: number | null;
  entropy: number;
  weight: number;
  copies: number;
  clippedCopies: number;
  dualClippedCopies: number;
  klToOldCopies: number;
  tokens: number;
  absoluteGap: number;
  ratioMax: number;
}

export function emptySums(): PolicySums {
  return {
    pgLoss: 0,
    klToReference: null,
    entropy: 0,
    weight: 0,
    copies: 0,
    clippedCopies: 0,
    dualClippedCopies: 0,
    klToOldCopies: 0,
    tokens: 0,
    absoluteGap: 0,
    ratioMax: 0,
  };
}

/** The k3 estimator with verl's clamps: d in [-20, 20], the estimate at most 10. */
function k3(reference: number, logprob: number): number {
  const d = Math.min(20, Math.max(-20, reference - logprob));
  return Math.min(10, Math.exp(d) - d - 1);
}

/** Adds a batch's tokens to `sums`. */
export function addPolicyTokens(sums: PolicySums, tokens: PolicyTokens, bounds: ClipBounds): void {
  const high = 1 + bounds.clipHigh;
  const low = 1 - bounds.clipLow;
  const cap = bounds.dualClip ?? Infinity;
  for (let u = 0; u < tokens.logprobs.length; u++) {
    const logprob = tokens.logprobs[u]!;
    const drift = logprob - tokens.oldLogprobs[u]!;
    const ratio = Math.exp(drift);
    const lowered = Math.max(ratio, low);
    sums.pgLoss -= tokens.positive[u]! * Math.min(ratio, high) + tokens.negative[u]! * Math.min(lowered, cap);
    if (ratio > high) sums.clippedCopies += tokens.positiveCopies[u]!;
    if (ratio < low) sums.clippedCopies += tokens.negativeCopies[u]!;
    if (lowered > cap) sums.dualClippedCopies += tokens.negativeCopies[u]!;
    const weight = tokens.weights[u]!;
    if (tokens.referenceLogprobs) {
      sums.klToReference = (sums.klToReference ?? 0) + weight * k3(tokens.referenceLogprobs[u]!, logprob);
    }
    sums.entropy += weight * tokens.entropies[u]!;
    sums.weight += weight;
    sums.copies += tokens.copies[u]!;
    sums.klToOldCopies -= tokens.copies[u]! * drift;
    sums.tokens += 1;
    sums.absoluteGap += Math.abs(drift);
    sums.ratioMax = Math.max(sums.ratioMax, ratio);
  }
}

export interface PolicyMetrics {
  pg_loss: number;
  /** Null without a reference. */
  kl_to_reference: number | null;
  kl_to_old: number;
  entropy: number;
  clip_fraction: number;
  dual_clip_fraction: number;
  ratio_max: number;
}

/**
 * Metrics of one mini-batch: pg_loss is its share of the loss as it is; KL to the reference and entropy are weighted means, the rest means over
 * copied tokens, of all that went through the policy.
 */
export function policyMetrics(sums: PolicySums): PolicyMetrics {
  const copies = Math.max(1, sums.copies);
  return {
    pg_loss: sums.pgLoss,
    kl_to_reference: sums.klToReference === null ? null : sums.klToReference / sums.weight,
    kl_to_old: sums.klToOldCopies / copies,
    entropy: sums.entropy / sums.weight,
    clip_fraction: sums.clippedCopies / copies,
    dual_clip_fraction: sums.dualClippedCopies / copies,
    ratio_max: sums.ratioMax,
  };
}
