/** What a step's rollouts and updates look like in numbers, under the names of the HTTP contract. Pure. Shares are of trajectories, in [0, 1]. */
import type { Score } from '../rollout/scoring.js';
import type { GroupOutcome } from '../algorithms/group-advantages.js';
import { pathTo, toolCalls, type Segment } from '../trees/tree.js';
import type { AdvantagedTree } from './records.js';
import type { UpdateOutcome } from '../update/policy-update.js';

type Metrics = Record<string, number>;

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

function std(values: readonly number[]): number {
  const m = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - m) ** 2, 0) / values.length);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Leaves out what is a mean of nothing. */
function finite(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

interface Weighed {
  readonly value: number;
  readonly weight: number;
}

function weighedMean(values: readonly Weighed[]): number {
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  return values.reduce((sum, { value, weight }) => sum + weight * value, 0) / total;
}

function weighedStd(values: readonly Weighed[]): number {
  const m = weighedMean(values);
  return Math.sqrt(weighedMean(values.map(({ value, weight }) => ({ value: (value - m) ** 2, weight }))));
}

/**
 * What these trajectories are worth in a mean, in the order of the trees: 1, but that those which the calls of an agent have made of one rollout share it.
 * @param counts whether a trajectory is part of the mean
 */
function weights(
  trees: readonly Pick<AdvantagedTree, 'tree' | 'scores_G'>[],
  counts: (score: Score) => boolean = () => true,
): number[] {
  return trees.flatMap(({ tree, scores_G }) => {
    const rollouts = scores_G.flatMap((score, i) => (counts(score) ? [tree.trajectories[i]!.rollout ?? i] : []));
    return rollouts.map((rollout) => 1 / rollouts.filter((other) => other === rollout).length);
  });
}

/** reward/…: over scored trajectories, those of one rollout of an agent as one; a part is averaged over those that have it. */
export function rewardMetrics(trees: readonly Pick<AdvantagedTree, 'tree' | 'scores_G'>[]): Metrics {
  const isScored = ({ status }: Score) => status === 'scored';
  const scored = trees.flatMap(({ scores_G }) => scores_G.filter(isScored));
  const weight = weights(trees, isScored);
  const weighed = (value: (score: Score) => number) =>
    scored.map((score, i) => ({ value: value(score), weight: weight[i]! }));
  const rewards = weighed(({ reward }) => reward ?? 0);
  const parts = new Map<string, Weighed[]>();
  scored.forEach((score, i) => {
    for (const [name, value] of Object.entries(score.parts))
      parts.set(name, [...(parts.get(name) ?? []), { value, weight: weight[i]! }]);
  });
  return finite({
    ...Object.fromEntries([...parts].map(([name, values]) => [`reward/${name}`, weighedMean(values)])),
    'reward/mean': weighedMean(rewards),
    'reward/std': weighedStd(rewards),
    'reward/format_valid': weighedMean(weighed(({ formatValid }) => Number(formatValid))),
  });
}

/** groups/…: shares of the prompts that were learnt from or could not be; and how many others were sampled and replaced. */
export function groupMetrics(outcomes: readonly GroupOutcome[], replaced: number): Metrics {
  const share = (outcome: GroupOutcome) => outcomes.filter((s) => s === outcome).length / outcomes.length;
  return {
    'groups/zero_variance': share('zero_variance'),
    'groups/skipped': share('skipped'),
    'groups/replaced': replaced,
  };
}

/** rollout/… and tokens/sampled. Depth is the number of model segments on a path. */
export function rolloutMetrics(trees: readonly Pick<AdvantagedTree, 'tree' | 'scores_G'>[]): Metrics {
  const paths = trees.flatMap(({ tree }) =>
    tree.trajectories.map(({ leaf }) => pathTo(tree, leaf).map((index) => tree.segments[index]!)),
  );
  const segments = trees.flatMap(({ tree }) => tree.segments);
  const model = segments.filter(({ kind }) => kind === 'model');
  const afterTool = trees.flatMap(({ tree }) =>
    tree.segments.filter(({ kind, parent }) => kind === 'model' && tree.segments[parent!]!.kind === 'tool'),
  );
  const decided = segments.filter(({ forks }) => forks !== null);
  const deltas = decided.map(({ deltaEntropy }) => deltaEntropy!);
  const drawn = decided.filter(({ branchProbability }) => branchProbability !== null);
  const probabilities = drawn.map(({ branchProbability }) => branchProbability!);
  const reasons = trees.flatMap(({ tree }) => tree.trajectories.map(({ finishReason }) => finishReason));
  const statuses = trees.flatMap(({ scores_G }) => scores_G.map(({ status }) => status));
  const weight = weights(trees);
  const share = <T>(values: readonly T[], value: T) =>
    weighedMean(values.map((v, i) => ({ value: Number(v === value), weight: weight[i]! })));
  const length = (path: readonly Segment[]) => path.slice(1).reduce((sum, { tokens }) => sum + tokens.length, 0);
  const sampled = model.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const entropy = model.reduce((sum, { entropies }) => sum + (entropies?.reduce((a, b) => a + b, 0) ?? 0), 0);
  return finite({
    'rollout/truncated': share(reasons, 'length'),
    'rollout/infra_error': share(statuses, 'infra_error'),
    'rollout/response_tokens_mean': mean(paths.map(length)),
    'rollout/entropy_mean': entropy / sampled,
    'rollout/entropy_after_tool': mean(afterTool.map((segment) => segment.entropy ?? 0)),
    'rollout/starts_at_prompt_mean': model.filter(({ parent }) => parent === 0).length / trees.length,
    'rollout/branches': segments.filter(({ forked }) => forked).length,
    'rollout/delta_entropy_mean': mean(deltas),
    'rollout/delta_entropy_std': std(deltas),
    'rollout/branch_probability_mean': mean(probabilities),
    'rollout/branch_probability_std': std(probabilities),
    'rollout/forks_refused_by_draw': drawn.filter(({ forks }) => forks?.wanted === 0).length,
    'rollout/forks_refused_for_slots': decided.reduce((sum, { forks }) => sum + forks!.wanted - forks!.granted, 0),
    'rollout/depth_mean': mean(paths.map((path) => path.filter(({ kind }) => kind === 'model').length)),
    'tokens/sampled': sampled,
  });
}

/** tools/…: calls made, those that failed for whatever reason, and how long they took. */
export function toolMetrics(trees: readonly Pick<AdvantagedTree, 'tree'>[], tools: readonly string[]): Metrics {
  const exchanges = trees.flatMap(({ tree }) => tree.segments.flatMap(({ tool }) => tool ?? []));
  const counts = trees.map(({ tree }) => toolCalls(tree));
  const metrics: Metrics = {
    'tools/calls': counts.reduce((sum, { made }) => sum + made, 0),
    'tools/calls_linear_equivalent': counts.reduce((sum, { linearEquivalent }) => sum + linearEquivalent, 0),
  };
  for (const tool of tools) {
    const own = exchanges.filter(({ name }) => name === tool);
    metrics[`tools/${tool}/calls`] = own.length;
    metrics[`tools/${tool}/errors`] = own.filter(({ outcome }) => outcome !== 'ok').length;
    const summarised = own.reduce((sum, { summaryTokens }) => sum + summaryTokens, 0);
    if (summarised > 0) metrics[`tools/${tool}/summary_tokens`] = summarised;
    if (own.length > 0) metrics[`tools/${tool}/latency_ms_p50`] = median(own.map(({ latencyMs }) => latencyMs));
  }
  return metrics;
}

/** policy/… and optimizer/…: means over the step's optimiser steps; the largest ratio; the last learning rate. */
export function updateMetrics({ metrics, samplerGap, trainedCopied, trainedUnique }: UpdateOutcome): Metrics {
  const over = (value: (update: (typeof metrics)[number]) => number) => mean(metrics.map(value));
  const names = Object.keys(metrics[0]?.policy ?? {});
  return finite({
    'policy/loss': over(({ loss }) => loss),
    ...Object.fromEntries(names.map((name) => [`policy/${name}`, over(({ policy }) => policy[name]!)])),
    'policy/ratio_max': Math.max(...metrics.map(({ policy }) => policy['ratio_max']!)),
    'policy/sampler_gap': samplerGap ?? NaN,
    'optimizer/grad_norm': over(({ gradNorm }) => gradNorm),
    'optimizer/learning_rate': metrics.at(-1)?.learningRate ?? NaN,
    'tokens/trained_copied': trainedCopied,
    'tokens/trained_unique': trainedUnique,
  });
}
