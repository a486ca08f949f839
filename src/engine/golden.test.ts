/** The engine against PyTorch's float64 numbers for a tiny Llama (test/golden/README.md says what each is and how close float32 comes). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { SafetensorsFile } from './io/safetensors.js';
import { AdamW } from './optim/adamw.js';
import { clipGlobalNorm } from './optim/clip.js';
import { KeyValueStore, packTrees, Policy, type LossInput, type TreeInput } from './policy.js';

const directory = process.env['GOLDEN_DIR'] ?? join(import.meta.dirname, '../../test/golden');
const model = process.env['GOLDEN_MODEL'] ?? 'llama-tiny';
const golden = JSON.parse(readFileSync(join(directory, `${model}.json`), 'utf8'));
const EPSILON = 1e-5;

let policy: Policy;
let tensors: Map<string, Float64Array>;
beforeAll(async () => {
  policy = await Policy.load(join(directory, model), { threads: 1 });
  const file = await SafetensorsFile.open(join(directory, `${model}.tensors.safetensors`));
  tensors = new Map();
  for (const name of file.entries.keys())
    tensors.set(name, Float64Array.from((await file.read(name)).data as Float64Array));
  await file.close();
});

function relativeError(actual: ArrayLike<number>, truth: ArrayLike<number>): number {
  expect(actual.length).toBe(truth.length);
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < truth.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - truth[i]!));
    largest = Math.max(largest, Math.abs(truth[i]!));
  }
  return difference / largest;
}
function expectGradients(gradients: Map<string, Float32Array>, prefix: string): void {
  for (const [name, gradient] of gradients) {
    expect(relativeError(gradient, tensors.get(`${prefix}/${name}`)!), name).toBeLessThan(EPSILON);
  }
}

/** Each sequence as a tree of one path, cut where the mask changes so that exactly the masked tokens are targets. */
function sequenceTree(ids: number[], mask: number[]): TreeInput {
  const segments: { parent: number | null; tokens: Int32Array; train: boolean }[] = [];
  for (let i = 0; i < ids.length;) {
    let end = i + 1;
    while (end < ids.length && mask[end] === mask[i]) end++;
    segments.push({
      parent: segments.length === 0 ? null : segments.length - 1,
      tokens: Int32Array.from(ids.slice(i, end)),
      train: mask[i] === 1,
    });
    i = end;
  }
  return { segments };
}
const sequences: number[][] = golden.batch.lengths.map((length: number, b: number) =>
  golden.batch.input_ids[b].slice(0, length),
);
const masked = <T>(values: (T | null)[][], mask: number[][]): T[] =>
  values.flatMap((row, b) => row.filter((_, t) => mask[b]![t] === 1)) as T[];

test.each([0, 1])('log-probs and entropies of every token (temperature %#)', async (i) => {
  const { temperature, logprobs, entropies } = golden.temperatures[i];
  const all = sequences.map((ids) => ids.map((_, t) => (t === 0 ? 0 : 1)));
  const batch = packTrees(sequences.map((ids, b) => sequenceTree(ids, all[b]!)));
  const got = await policy.evaluate(batch, temperature);
  expect(relativeError(got.logprobs, masked<number>(logprobs, all))).toBeLessThan(EPSILON);
  expect(
    relativeError(
      got.entropies,
      entropies.flatMap((row: number[]) => row.slice(0, -1)),
    ),
  ).toBeLessThan(EPSILON);
});

test('supervised loss, gradients, and two AdamW steps', async () => {
  const { loss_mask, tokens, loss } = golden.sft;
  const batch = packTrees(sequences.map((ids, b) => sequenceTree(ids, loss_mask[b])));
  const weights = new Float32Array(batch.targets).fill(1 / tokens);
  const fresh = await Policy.load(join(directory, model), { threads: 1 });
  const { learning_rate, beta1, beta2, eps, weight_decay, max_grad_norm, steps, loss_after } = golden.adamw;
  const optimizer = new AdamW(fresh.parameters, {
    betas: [beta1, beta2],
    epsilon: eps,
    weightDecay: weight_decay,
    decay: 'matrices',
  });
  for (const [k, expected] of steps.entries()) {
    const result = await fresh.gradient(batch, { kind: 'sft', weights });
    expect(result.loss / expected.loss).toBeCloseTo(1, 5);
    if (k === 0) {
      expect(result.loss / loss).toBeCloseTo(1, 5);
      expectGradients(result.gradients, 'sft.grad');
    }
    expect(clipGlobalNorm(result.gradients, max_grad_norm) / expected.grad_norm).toBeCloseTo(1, 5);
    optimizer.step(result.gradients, learning_rate);
    for (const [name, { data }] of fresh.parameters) {
      const truth = tensors.get(`adamw.step${k + 1}.weights/${name}`)!;
      let difference = 0;
      let norm = 0;
      data.forEach((w, j) => {
        expect(Math.abs(w - truth[j]!)).toBeLessThan(1e-4);
        difference += (w - truth[j]!) ** 2;
        norm += truth[j]! ** 2;
      });
      expect(Math.sqrt(difference / norm), name).toBeLessThan(EPSILON);
    }
  }
  const after = await fresh.gradient(batch, { kind: 'sft', weights });
  expect(after.loss / loss_after).toBeCloseTo(1, 5);
  await fresh.close();
});

test.each(['token_mean', 'seq_mean'])('policy loss with dual clip, KL and entropy (%s)', async (aggregation) => {
  const rl = golden.rl;
  const batch = packTrees(sequences.map((ids, b) => sequenceTree(ids, rl.loss_mask[b])));
  const weight: number[] = sequences.flatMap((_, b) => {
    const count = rl.loss_mask[b].reduce((a: number, m: number) => a + m, 0);
    const w = aggregation === 'token_mean' ? 1 / rl.tokens : 1 / (count * sequences.length);
    return Array.from({ length: count }, () => w);
  });
  const advantage = masked<number>(
    sequences.map((ids, b) => ids.map(() => rl.advantages[b])),
    rl.loss_mask,
  );
  const loss: LossInput = {
    kind: 'policy',
    oldLogprobs: Float32Array.from(masked<number>(rl.old_logprobs, rl.loss_mask)),
    referenceLogprobs: Float32Array.from(masked<number>(rl.ref_logprobs, rl.loss_mask)),
    positive: Float32Array.from(advantage, (a, i) => Math.max(0, a) * weight[i]!),
    negative: Float32Array.from(advantage, (a, i) => Math.min(0, a) * weight[i]!),
    weights: Float32Array.from(weight),
    clipLow: rl.clip_low,
    clipHigh: rl.clip_high,
    dualClip: rl.dual_clip,
    klCoefficient: rl.kl_coefficient,
    entropyCoefficient: rl.entropy_coefficient,
    temperature: 1,
  };
  const result = await policy.gradient(batch, loss);
  expect(result.loss / rl[aggregation].loss).toBeCloseTo(1, 5);
  expectGradients(result.gradients, `rl.${aggregation}.grad`);
});

test.each(['soft', 'hard'] as const)('a trajectory tree on its unique tokens (%s attribution)', async (attribution) => {
  const { segments, leaves, copied_loss_tokens: n, unique_tokens } = golden.tree;
  const rl = golden.rl;
  const below = segments.map(() => [0, 0]);
  for (const { segment, advantage } of leaves) {
    for (let s: number | null = segment; s !== null; s = segments[s].parent)
      below[s][advantage > 0 ? 0 : 1] += advantage / n;
  }
  const trained = segments.filter((s: { kind: string }) => s.kind === 'model');
  const each = (pick: (s: { id: number; leaf_count: number; old_logprobs: number[] }) => number | number[]) =>
    Float32Array.from(
      trained.flatMap((s: { id: number; leaf_count: number; old_logprobs: number[]; token_ids: number[] }) => {
        const value = pick(s);
        return Array.isArray(value) ? value : s.token_ids.map(() => value);
      }),
    );
  const batch = packTrees([
    {
      segments: segments.map((s: { parent: number | null; token_ids: number[]; kind: string }) => ({
        parent: s.parent,
        tokens: Int32Array.from(s.token_ids),
        train: s.kind === 'model',
      })),
    },
  ]);
  expect(batch.tokens).toBe(unique_tokens);
  const hard = attribution === 'hard';
  const result = await policy.gradient(batch, {
    kind: 'policy',
    oldLogprobs: each((s) => s.old_logprobs),
    referenceLogprobs: null,
    positive: each(({ id }) => (hard ? Math.max(0, below[id][0] + below[id][1]) : below[id][0])),
    negative: each(({ id }) => (hard ? Math.min(0, below[id][0] + below[id][1]) : below[id][1])),
    weights: each((s) => s.leaf_count / n),
    clipLow: rl.clip_low,
    clipHigh: rl.clip_high,
    dualClip: rl.dual_clip,
    klCoefficient: 0,
    entropyCoefficient: 0,
    temperature: 1,
  });
  expect(result.loss / golden.tree[attribution].loss).toBeCloseTo(1, 5);
  expectGradients(result.gradients, `tree.${attribution}.grad`);
});

test('greedy decoding with a key/value cache gives the same tokens and logits', async () => {
  for (const [i, { prompt, tokens }] of golden.greedy.entries()) {
    const truth = tensors.get(`greedy.${i}.logits`)!;
    const V = policy.config.vocabSize;
    const store = new KeyValueStore(policy.config);
    let slots: number[] = [];
    let fresh: number[] = prompt;
    for (const [j, token] of tokens.entries()) {
      const added = fresh.map((_, k) => slots.length + k);
      const logits = await policy.extend(store, [
        { tokens: Int32Array.from(fresh), prefix: Int32Array.from(slots), slots: Int32Array.from(added) },
      ]);
      const row = prompt.length - 1 + j;
      expect(relativeError(logits, truth.subarray(row * V, (row + 1) * V))).toBeLessThan(EPSILON);
      expect(logits.indexOf(Math.max(...logits))).toBe(token);
      slots = [...slots, ...added];
      fresh = [token];
    }
  }
});
