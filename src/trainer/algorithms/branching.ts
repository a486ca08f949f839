/**
 * Where a rollout branches: the entropy change after a tool result, the fork probability it gives, and who gets the forks that are left.
 * ARPO §3.1 (arXiv 2507.19849) and its released code; the entropy scales say which. Pure: draws and clocks come from outside.
 */
import type { RolloutSpec } from '../../spec/run/rollout.js';

export type BranchingRule = Pick<
  RolloutSpec,
  | 'branching'
  | 'branch_factor'
  | 'base_probability'
  | 'entropy_weight'
  | 'repeat_penalty'
  | 'threshold'
  | 'probe_tokens'
  | 'probe'
  | 'baseline'
  | 'entropy_scale'
  | 'slot_order'
  | 'starts'
  | 'starts_sensitivity'
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
  // Ours: in [-1, 1] whatever the entropies are, so that ΔH keeps its spread as the policy grows certain.
  relative: (now, before) => {
    const sum = meanEntropy(now) + meanEntropy(before);
    return sum === 0 ? 0 : (meanEntropy(now) - meanEntropy(before)) / sum;
  },
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

/**
 * P = clip((α + β ΔH) max(0, 1 - λ l), 0, 1) where the l tool results before, one after the other, have forked: AEPO (arXiv 2510.14545), with a
 * linear penalty as in its released code. ARPO is λ = 0.
 */
export function branchProbability(
  rule: Pick<BranchingRule, 'base_probability' | 'entropy_weight' | 'repeat_penalty'>,
  delta: number,
  forksInARow: number,
): number {
  const discount = Math.max(0, 1 - rule.repeat_penalty * forksInARow);
  return Math.min(1, Math.max(0, (rule.base_probability + rule.entropy_weight * delta) * discount));
}

/** The mean of the sums and of the counts; null of no probe. */
export function meanProbe(probes: readonly Probe[]): Probe | null {
  if (probes.length === 0) return null;
  const mean = (value: (probe: Probe) => number) =>
    probes.reduce((sum, probe) => sum + value(probe), 0) / probes.length;
  return { sum: mean(({ sum }) => sum), count: mean(({ count }) => count) };
}

/**
 * m: how many of a group's M trajectories start at the prompt, the others being left to forks: round(M σ(κ (H_root - H_tool))), from the entropies at the start
 * of responses (`root`) and after tool results (`tool`) of those that have been written first. AEPO's entropy pre-monitoring (arXiv 2510.14545);
 * the difference is measured as ΔH is. Where no tool was called it is unknown, and half start at the prompt.
 */
export function promptStarts(
  rule: Pick<BranchingRule, 'entropy_scale' | 'starts_sensitivity'>,
  { root, tool }: { root: Probe; tool: Probe | null },
  { groupSize, vocabSize }: { groupSize: number; vocabSize: number },
): number {
  const difference = tool === null ? 0 : deltaEntropy(rule.entropy_scale, root, tool, vocabSize);
  return Math.round(groupSize / (1 + Math.exp(-rule.starts_sensitivity * difference)));
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
  /** Tool results before the point, its own included. */
  depth: number;
  delta: number;
  wanted: number;
  /** Uniform in [0, 1), for the order `random`. */
  lot: number;
}

/** Indices of the candidates, the first to be served first: a total order, whatever theirs is. */
function ranked(candidates: readonly Omit<Candidate, 'wanted'>[], order: RolloutSpec['slot_order']): number[] {
  const first = (a: Omit<Candidate, 'wanted'>, b: Omit<Candidate, 'wanted'>): number => {
    if (order === 'entropy') return b.delta - a.delta || b.depth - a.depth;
    return order === 'random' ? a.lot - b.lot : 0;
  };
  const byAge = (a: Omit<Candidate, 'wanted'>, b: Omit<Candidate, 'wanted'>) =>
    a.trajectory - b.trajectory || a.depth - b.depth;
  const indices = candidates.map((_, at) => at);
  return indices.sort((a, b) => first(candidates[a]!, candidates[b]!) || byAge(candidates[a]!, candidates[b]!));
}

/**
 * Forks granted to each candidate, most uncertain first (or by trajectory, or by lot), until the quota is used up; aligned with `candidates`.
 * Their own order does not matter.
 */
export function grantForks(
  candidates: readonly Candidate[],
  quota: number,
  order: RolloutSpec['slot_order'],
): number[] {
  const granted = candidates.map(() => 0);
  let left = quota;
  for (const at of ranked(candidates, order)) {
    granted[at] = Math.min(candidates[at]!.wanted, left);
    left -= granted[at];
  }
  return granted;
}

/**
 * Deferred branching: all forks of a group at once, when its first trajectories have ended and every point is known. They are spread evenly over the
 * upper half of the points by ΔH, so that what counts is a point's rank in its group and not how certain the policy has become; one point each where
 * there are fewer forks than that. Aligned with `candidates`; the sum is `quota` unless there is no candidate.
 */
export function spreadForks(
  candidates: readonly Omit<Candidate, 'wanted'>[],
  quota: number,
  order: RolloutSpec['slot_order'],
): number[] {
  const forks = candidates.map(() => 0);
  const chosen = ranked(candidates, order).slice(0, Math.ceil(candidates.length / 2));
  for (let fork = 0; fork < quota && chosen.length > 0; fork++) forks[chosen[fork % chosen.length]!]! += 1;
  return forks;
}
