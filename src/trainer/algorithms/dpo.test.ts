/** DPO against numbers that PyTorch has computed. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { evaluateObjective } from '../../../test/support/objectives.js';
import { resolveRunSpec, type SupervisedRunSpec } from '../../spec/run-spec.js';
import { supervisedAlgorithmOf } from './index.js';

interface Example {
  name: string;
  beta: number;
  label_smoothing: number;
  rpo_alpha: number;
  /** Indices of target tokens; a pair may share some. */
  pairs: { chosen: number[]; rejected: number[] }[];
  logprobs: number[];
  reference_logprobs: number[];
  loss: number;
  chosen_nll: number[];
  margins: number[];
  chosen_rewards: number[];
  rejected_rewards: number[];
  accuracy: number;
  gradient: number[];
}

const { dpo: examples } = JSON.parse(
  readFileSync(new URL('../../../test/golden/family.json', import.meta.url), 'utf8'),
) as { dpo: Example[] };

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

const named = examples.map(
  (example) =>
    [`${example.name}, β ${example.beta}, ε ${example.label_smoothing}, α ${example.rpo_alpha}`, example] as const,
);

/** The pairs from `from` on as one part, each answer with all of its tokens. */
async function learn(example: Example, [from, to]: [number, number]) {
  const { pairs, beta, label_smoothing, rpo_alpha } = example;
  const spec = resolveRunSpec({
    method: 'dpo',
    model: 'mdl_1',
    dataset: 'ds_1',
    training: { beta, label_smoothing, rpo_alpha },
  }) as SupervisedRunSpec;
  const algorithm = supervisedAlgorithmOf(spec);
  if (!algorithm.hasReference) throw new TypeError('dpo has a reference');
  const part = pairs.slice(from, to);
  const targets = part.flatMap(({ chosen, rejected }) => [...chosen, ...rejected]);
  const inOrder = (values: readonly number[]) => Float32Array.from(targets, (u) => values[u]!);
  const sequences = part.map(({ chosen, rejected }) => ({
    targets: chosen.length + rejected.length,
    chosen: chosen.length,
  }));
  const all = pairs.reduce((sum, { chosen, rejected }) => sum + chosen.length + rejected.length, 0);
  const step = { sequences: pairs.length, targets: all };
  const logprobs = inOrder(example.logprobs);
  const scored = { logprobs, referenceLogprobs: inOrder(example.reference_logprobs) };
  const { values, metrics } = algorithm.learn({ sequences, step }, scored, spec);
  const { loss, slopes } = await evaluateObjective<string>(algorithm.objective, { logprobs }, values);
  const gradient = example.gradient.map(() => 0);
  targets.forEach((u, p) => {
    gradient[u]! += slopes[p]!;
  });
  return { loss, gradient, metrics };
}

test('the examples cover label smoothing and the likelihood of the better answer', () => {
  expect(examples.some(({ label_smoothing }) => label_smoothing > 0)).toBe(true);
  expect(examples.some(({ rpo_alpha }) => rpo_alpha > 0)).toBe(true);
});

test.each(named)('%s', async (_, example) => {
  const { loss, gradient, metrics } = await learn(example, [0, example.pairs.length]);
  expect(loss).toBeCloseTo(example.loss, 5);
  gradient.forEach((slope, u) => expect(slope).toBeCloseTo(example.gradient[u]!, 6));
  expect(metrics['dpo/loss']).toBeCloseTo(example.loss, 6);
  expect(metrics['dpo/accuracy']).toBeCloseTo(example.accuracy, 12);
  expect(metrics['dpo/chosen_nll']).toBeCloseTo(mean(example.chosen_nll), 5);
  expect(metrics['dpo/margin']).toBeCloseTo(mean(example.margins), 5);
  expect(metrics['dpo/chosen_reward']).toBeCloseTo(mean(example.chosen_rewards), 5);
  expect(metrics['dpo/rejected_reward']).toBeCloseTo(mean(example.rejected_rewards), 5);
});

test('parts of a step add up', async () => {
  const [example] = examples;
  const parts = await Promise.all([learn(example!, [0, 1]), learn(example!, [1, example!.pairs.length])]);
  const sum = (value: (part: (typeof parts)[number]) => number) =>
    parts.reduce((total, part) => total + value(part), 0);
  expect(sum(({ loss }) => loss)).toBeCloseTo(example!.loss, 5);
  expect(sum(({ metrics }) => metrics['dpo/accuracy']!)).toBeCloseTo(example!.accuracy, 12);
});
