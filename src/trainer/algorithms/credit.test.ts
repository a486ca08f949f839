import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluateObjective } from '../../../test/support/objectives.js';
import { metricsOf } from '../../engine/objectives/objective.js';
import { ppoClip } from '../../engine/objectives/ppo-clip.js';
import { tokenCounts, type Segment } from '../trees/tree.js';
import { creditSegments, hasAdvantage, lossWeights, tokenCredit, type CreditedTree } from './credit.js';

interface GoldenTree {
  segments: {
    id: number;
    parent: number | null;
    kind: Segment['kind'];
    token_ids: number[];
    old_logprobs: number[] | null;
    logprobs: number[] | null;
  }[];
  leaves: { segment: number; advantage: number }[];
  copied_loss_tokens: number;
  soft: { loss: number; clip_fraction: number; dual_clip_fraction: number };
  hard: { loss: number; clip_fraction: number; dual_clip_fraction: number };
}

const golden = (JSON.parse(readFileSync('test/golden/llama-tiny.json', 'utf8')) as { tree: GoldenTree }).tree;

const credited: CreditedTree = {
  tree: {
    segments: golden.segments.map(({ parent, kind, token_ids }) => ({
      parent,
      kind,
      tokens: Int32Array.from(token_ids),
      logprobs: null,
      entropies: null,
      text: '',
      forked: false,
      entropy: null,
      deltaEntropy: null,
      branchProbability: null,
      forks: null,
      tool: null,
    })),
    trajectories: golden.leaves.map(({ segment }) => ({ leaf: segment, finishReason: 'stop' })),
  },
  advantages_G: golden.leaves.map((leaf) => leaf.advantage),
};

const model = golden.segments.filter((segment) => segment.kind === 'model');

/** The clipped objective on the golden tree's model tokens, each with the credit of its segment. */
function learn(attribution: 'soft' | 'hard', aggregation: 'token' | 'sequence') {
  const credit = creditSegments(credited, lossWeights([credited], aggregation, 64), attribution);
  const creditOf = (id: number, k: number) => ({ ...credit[id]!, ...tokenCredit(credit[id]!, k) });
  const perToken = (value: (credit: ReturnType<typeof creditOf>) => number) =>
    Float32Array.from(model.flatMap(({ id, token_ids }) => token_ids.map((_, k) => value(creditOf(id, k)))));
  const values = {
    oldLogprobs: Float32Array.from(model.flatMap((segment) => segment.old_logprobs!)),
    positive: perToken(({ positive }) => positive),
    negative: perToken(({ negative }) => negative),
    positiveCopies: perToken(({ positiveCopies }) => positiveCopies),
    negativeCopies: perToken(({ negativeCopies }) => negativeCopies),
  };
  const sum = (values_P: Float32Array) => values_P.reduce((total, value) => total + value, 0);
  const over = { copies: sum(perToken(({ copies }) => copies)), weight: sum(perToken(({ weight }) => weight)) };
  const logprobs = Float32Array.from(model.flatMap((segment) => segment.logprobs!));
  return { over, evaluated: evaluateObjective(objective, { logprobs }, values) };
}

const objective = ppoClip({ clipLow: 0.2, clipHigh: 0.28, dualClip: 3 });

describe.each(['soft', 'hard'] as const)('%s attribution on the golden tree', (attribution) => {
  const { over, evaluated } = learn(attribution, 'token');

  test('gives the loss that PyTorch computed on the copied sequences', async () => {
    expect((await evaluated).loss).toBeCloseTo(golden[attribution].loss, 5);
  });
  test('clips the same share of copied tokens', async () => {
    const metrics = metricsOf(objective, (await evaluated).sums, over);
    expect(metrics['clip_fraction']).toBeCloseTo(golden[attribution].clip_fraction, 12);
    expect(metrics['dual_clip_fraction']).toBeCloseTo(golden[attribution].dual_clip_fraction, 12);
  });
  test('weighs all copied tokens to one', () => {
    expect(over.weight).toBeCloseTo(1, 6);
    expect(over.copies).toBe(golden.copied_loss_tokens);
  });
});

test('sequence aggregation is the mean over trajectories of the mean over their tokens', async () => {
  const { loss } = await learn('soft', 'sequence').evaluated;
  const expected = golden.leaves.map(({ segment: leaf, advantage: A }) => {
    const terms: number[] = [];
    for (let at: number | null = leaf; at !== null; at = golden.segments[at]!.parent) {
      const { logprobs, old_logprobs } = golden.segments[at]!;
      logprobs?.forEach((logprob, t) => {
        const r = Math.exp(logprob - old_logprobs![t]!);
        const term = Math.max(-A * r, -A * Math.min(1.28, Math.max(0.8, r)));
        terms.push(A < 0 ? Math.min(term, -A * 3) : term);
      });
    }
    return terms.reduce((a, b) => a + b, 0) / terms.length;
  });
  expect(loss).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / expected.length, 5);
});

test('with hard attribution a shared token has the plain mean of its trajectories, though each weighs it otherwise', () => {
  const credit = creditSegments(credited, lossWeights([credited], 'sequence', 64), 'hard');
  const A = golden.leaves.map((leaf) => leaf.advantage);
  const mean = A.reduce((sum, a) => sum + a, 0) / A.length;
  const { positive, negative, advantage } = tokenCredit(credit[0]!, 0);
  const { weight } = credit[0]!;
  expect(advantage).toBeCloseTo(mean, 12);
  for (const entry of credit) {
    const token = tokenCredit(entry, 0);
    expect(token.positive + token.negative).toBeCloseTo(token.advantage * entry.weight, 12);
  }
  expect(positive + negative).toBeCloseTo(mean * weight, 12);
});

test('a group of equal rewards counts in the denominator and has no advantage', () => {
  const equal = { ...credited, advantages_G: golden.leaves.map(() => 0) };
  const { denominator } = lossWeights([equal, credited], 'token', 64);
  expect(denominator).toBe(2 * golden.copied_loss_tokens);
  expect(hasAdvantage(equal)).toBe(false);
  expect(hasAdvantage(credited)).toBe(true);
});

test('trajectories that take no part give no credit and no denominator', () => {
  const only = { ...credited, advantages_G: [1, null, null, null, null] };
  const weights = lossWeights([only], 'token', 64);
  const credit = creditSegments(only, weights, 'soft');
  expect(weights.denominator).toBe(tokenCounts(credited.tree, [golden.leaves[0]!.segment]).copiedTargets);
  expect(credit.map((entry) => entry.copies)).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
});
