/**
 * Where a rollout branches: the entropy change after a tool result, the fork probability it gives, and who gets the forks that are left.
 * ARPO §3.1 (arXiv 2507.19849) and its released code; the entropy scales say which. Pure: draws and clocks come from outside.
 */
import type { RolloutSpec } from '../../spec/run-spec.js';

export type BranchingRule = Pick<
  RolloutSpec,
  | 'branch_factor'
  | 'base_probability'
  | 'entropy_weight'
  | 'threshold'
  | 'probe_tokens'
  | 'entropy_scale'
  | 'slot_order'
>;

/** Entropies in nats of the first tokens of a segment: at most k of them, fewer where the segment is shorter. */
export interface Probe {
  sum: number;
  count: number;
}

export function meanEntropy(probe: Probe): number {
  return probe.count === 0 ? 0 : probe.sum / probe.count;
}

const scales: {
  readonly [S in RolloutSpec['entropy_scale']]: (now: Probe, before: Probe, vocabSize: number) => number;
} = {
  mean_over_log_vocab: (now, before, vocabSize) => (meanEntropy(now) - meanEntropy(before)) / Math.log(vocabSize),
  // The released code: sums over up to k tokens, divided by ln V.
  sum_over_log_vocab: (now, before, vocabSize) => (now.sum - before.sum) / Math.log(vocabSize),
  // The paper's equation 3: divided by V.
  sum_over_vocab: (now, before, vocabSize) => (now.sum - before.sum) / vocabSize,
};

/** ΔH: how much more uncertain the policy is right after a tool result (`now`) than at the start of the trajectory (`before`). */
export function deltaEntropy(
  scale: RolloutSpec['entropy_scale'],
  now: Probe,
  before: Probe,
  vocabSize: number,
): number {
  return scales[scale](now, before, vocabSize);
}

/** P = clip(α + β ΔH, 0, 1). */
export function branchProbability(
  rule: Pick<BranchingRule, 'base_probability' | 'entropy_weight'>,
  delta: number,
): number {
  return Math.min(1, Math.max(0, rule.base_probability + rule.entropy_weight * delta));
}

/** How many of the Z attempts fork: each with probability P, or all iff P exceeds the threshold. `draw(z)` is uniform in [0, 1). */
export function forksWanted(
  rule: Pick<BranchingRule, 'branch_factor' | 'threshold'>,
  probability: number,
  draw: (attempt: number) => number,
): number {
  if (rule.threshold !== null) return probability > rule.threshold ? rule.branch_factor : 0;
  let wanted = 0;
  for (let attempt = 0; attempt < rule.branch_factor; attempt++) if (draw(attempt) < probability) wanted += 1;
  return wanted;
}

export interface Candidate {
  trajectory: number;
  delta: number;
  wanted: number;
}

/**
 * Forks granted to each candidate, most uncertain first (or by trajectory), until the quota is used up; aligned with `candidates`.
 * Their own order does not matter.
 */
export function grantForks(
  candidates: readonly Candidate[],
  quota: number,
  order: RolloutSpec['slot_order'],
): number[] {
  const granted = candidates.map(() => 0);
  const ranked = candidates.map((candidate, at) => ({ ...candidate, at }));
  ranked.sort((a, b) => (order === 'entropy' ? b.delta - a.delta : 0) || a.trajectory - b.trajectory);
  let left = quota;
  for (const { at, wanted } of ranked) {
    granted[at] = Math.min(wanted, left);
    left -= granted[at];
  }
  return granted;
}
