import { expect, test } from 'vitest';
import { sharedCall, score } from '../../../test/support/trees.js';
import { groupMetrics, rewardMetrics, rolloutMetrics, toolMetrics, updateMetrics } from './step-metrics.js';

const scored = () => ({ tree: sharedCall(), scores_G: [score(1), score(0), score(null)], advantages_G: [] });

test('rewards are averaged over what was scored, and parts over what has them', () => {
  const tree = scored();
  tree.scores_G[0]!.parts = { f1: 0.9 };
  expect(rewardMetrics([tree])).toEqual({
    'reward/mean': 0.5,
    'reward/std': 0.5,
    'reward/f1': 0.9,
    'reward/format_valid': 1,
  });
});

test('a mean of nothing is left out', () => {
  expect(rewardMetrics([{ ...scored(), scores_G: [score(null)] }])).toEqual({});
});

test('what the calls of an agent have made of one rollout counts as one', () => {
  const { tree } = scored();
  tree.trajectories.forEach((trajectory, i) => Object.assign(trajectory, { rollout: i === 0 ? 0 : 1 }));
  const trees = [{ tree, scores_G: [score(1), score(0), score(0)] }];
  expect(rewardMetrics(trees)).toMatchObject({ 'reward/mean': 0.5, 'reward/std': 0.5 });
  tree.trajectories[0]!.finishReason = 'length';
  expect(rolloutMetrics(trees)).toMatchObject({ 'rollout/truncated': 0.5, 'rollout/infra_error': 0 });
});

test('groups without spread, or skipped, are shares of the prompts', () => {
  expect(groupMetrics(['used', 'skipped', 'zero_variance', 'zero_variance'], 3)).toEqual({
    'groups/zero_variance': 0.5,
    'groups/skipped': 0.25,
    'groups/replaced': 3,
  });
});

test('rollouts are described by what was sampled, and how', () => {
  const tree = scored();
  tree.tree.trajectories[2]!.finishReason = 'length';
  const metrics = rolloutMetrics([tree]);
  expect(metrics).toMatchObject({
    'rollout/branches': 1,
    'rollout/entropy_mean': 0.5,
    'rollout/entropy_after_tool': 0.5,
    'tokens/sampled': 20,
  });
  expect(metrics['rollout/truncated']).toBeCloseTo(1 / 3, 12);
  expect(metrics['rollout/infra_error']).toBeCloseTo(1 / 3, 12);
  expect(metrics['rollout/response_tokens_mean']).toBeCloseTo((9 + 11 + 7) / 3, 12);
  expect(metrics['rollout/depth_mean']).toBeCloseTo(5 / 3, 12);
  expect(metrics['rollout/starts_at_prompt_mean']).toBe(2);
});

test('decisions on forks are described by ΔH, P, and what was refused', () => {
  const { tree, scores_G } = scored();
  const decide = (
    segment: number,
    deltaEntropy: number,
    branchProbability: number | null,
    wanted: number,
    granted = 0,
  ) =>
    Object.assign(tree.segments[segment]!, {
      deltaEntropy,
      branchProbability,
      forks: { wanted, granted, decodeStep: 8 },
    });
  const models = tree.segments.flatMap(({ kind }, at) => (kind === 'model' ? [at] : []));
  decide(models[0]!, 0.1, 0.4, 0);
  decide(models[1]!, 0.3, 0.6, 2, 1);
  const metrics = rolloutMetrics([{ tree, scores_G }]);
  expect(metrics['rollout/delta_entropy_mean']).toBeCloseTo(0.2, 12);
  expect(metrics['rollout/delta_entropy_std']).toBeCloseTo(0.1, 12);
  expect(metrics['rollout/branch_probability_mean']).toBeCloseTo(0.5, 12);
  expect(metrics['rollout/branch_probability_std']).toBeCloseTo(0.1, 12);
  expect(metrics).toMatchObject({ 'rollout/forks_refused_by_draw': 1, 'rollout/forks_refused_for_slots': 1 });
  // Deferred: no draw, so that nothing is refused by one.
  decide(models[0]!, 0.1, null, 0);
  expect(rolloutMetrics([{ tree, scores_G }])['rollout/forks_refused_by_draw']).toBe(0);
});

test('a shared call counts once, and twice in the linear equivalent', () => {
  const failed = scored();
  failed.tree.segments[2]!.tool = { ...failed.tree.segments[2]!.tool!, outcome: 'program_error', latencyMs: 8 };
  expect(toolMetrics([scored(), failed], ['search', 'python'])).toEqual({
    'tools/calls': 2,
    'tools/calls_linear_equivalent': 4,
    'tools/search/calls': 2,
    'tools/search/errors': 1,
    'tools/search/latency_ms_p50': 6,
    'tools/python/calls': 0,
    'tools/python/errors': 0,
  });
});

test('of the optimiser steps the metrics are averaged, but for the largest ratio', () => {
  const update = (ratio_max: number, entropy: number) => ({
    policy: { ratio_max, entropy },
    loss: entropy,
    gradNorm: 1,
    learningRate: ratio_max,
  });
  const metrics = [update(2, 1), update(1, 4)];
  const outcome = { records: [], arrays: {}, metrics, samplerGap: null, trainedCopied: 1, trainedUnique: 1 };
  expect(updateMetrics(outcome)).toEqual({
    'policy/loss': 2.5,
    'policy/ratio_max': 2,
    'policy/entropy': 2.5,
    'optimizer/grad_norm': 1,
    'optimizer/learning_rate': 1,
    'tokens/trained_copied': 1,
    'tokens/trained_unique': 1,
  });
});

test('a step in which nothing could be learnt says only what it trained on: nothing', () => {
  const outcome = { records: [], arrays: {}, metrics: [], samplerGap: null, trainedCopied: 0, trainedUnique: 0 };
  expect(updateMetrics(outcome)).toEqual({ 'tokens/trained_copied': 0, 'tokens/trained_unique': 0 });
});
