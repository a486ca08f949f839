/** A random adapter on a small random policy: against the same weights merged, whole against blockwise, dropout against itself. */
import { cpuDevice } from '../device/cpu.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyValueStore, packTrees, Policy, sft, type Adapter, type Loss, type TreeInput } from '../index.js';
import { normal, uniform } from '../random.js';
import { adaptedModules, adapterNames, ADAPTABLE_MODULES, initialAdapter, type AdapterConfig } from './adapter.js';
import type { DecoderConfig } from './config.js';
import { initialParameters } from './initialise.js';
import { withMergedParameters } from '../io/merge-adapter.js';

const config: DecoderConfig = {
  family: 'qwen2',
  vocabSize: 40,
  hiddenSize: 16,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 6,
  ffnSize: 20,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  tieEmbeddings: true,
  qkvBias: true,
  qkNorm: false,
  maxPositions: 256,
  eosTokenIds: [0],
  bosTokenId: null,
  padTokenId: null,
};
const lora: AdapterConfig = { rank: 3, alpha: 6, dropout: 0, targetModules: ADAPTABLE_MODULES };

const draw = (p: number, i: number) => uniform(5, p, i);

/** Both matrices random: a new adapter's zeros would hide half of what can go wrong. */
function randomAdapter(settings: AdapterConfig): Adapter {
  const parameters = initialAdapter(config, settings, draw);
  [...parameters.values()].forEach(({ data }, p) => data.forEach((_, i) => (data[i] = 0.2 * normal(7, p, i))));
  return { config: settings, parameters };
}

const tree = (seed: number): TreeInput => ({
  segments: [
    { parent: null, tokens: tokens(9, seed, 0), train: false },
    { parent: 0, tokens: tokens(40, seed, 1), train: true },
    { parent: 0, tokens: tokens(5, seed, 2), train: true },
  ],
});
const tokens = (count: number, ...counters: number[]) =>
  Int32Array.from({ length: count }, (_, i) => Math.floor(uniform(9, ...counters, i) * config.vocabSize));
const batch = packTrees([tree(1), tree(2)]);
const weights = new Float32Array(batch.targets).fill(1 / batch.targets);
const loss: Loss = { objective: sft, values: { weights }, temperature: 1 };

let base: Policy;
let adapted: Policy;
let merged: Policy;
beforeAll(async () => {
  base = new Policy(config, initialParameters(config, 3), { device: cpuDevice(1) });
  adapted = base.withAdapter(randomAdapter(lora));
  const parameters = await withMergedParameters(adapted, async (all) => {
    const read: [string, { shape: readonly number[]; data: Float32Array }][] = [];
    for (const [name, parameter] of all) {
      const data = 'data' in parameter ? parameter.data : await parameter.read();
      read.push([name, { shape: parameter.shape, data }]);
    }
    return new Map(read);
  });
  merged = new Policy(config, parameters, { device: cpuDevice(1) });
});
afterAll(async () => {
  for (const policy of [base, adapted, merged]) await policy.close();
});

function expectClose(a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-5): void {
  expect(a.length).toBe(b.length);
  const largest = Array.from(b).reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(tolerance * largest);
}

test('a new adapter changes nothing', async () => {
  const fresh = base.withAdapter({ config: lora, parameters: initialAdapter(config, lora, draw) });
  expectClose((await fresh.evaluate(batch, 1)).logprobs, (await base.evaluate(batch, 1)).logprobs);
  await fresh.close();
});

test('an adapted policy computes what the merged one computes', async () => {
  expectClose((await adapted.evaluate(batch, 0.7)).logprobs, (await merged.evaluate(batch, 0.7)).logprobs);
  expect((await base.evaluate(batch, 0.7)).logprobs[0]).not.toBeCloseTo(
    (await adapted.evaluate(batch, 0.7)).logprobs[0]!,
    3,
  );
});

test('cached decoding goes through the adapter as well', async () => {
  const rows = () => [
    { tokens: tokens(7, 4), prefix: new Int32Array(0), slots: Int32Array.from({ length: 7 }, (_, i) => i) },
  ];
  const logits = await adapted.extend(new KeyValueStore(config), rows());
  expectClose(logits, await merged.extend(new KeyValueStore(config), rows()));
});

test("the adapter's gradient is the merged weight's: dB = s dW Aᵀ, dA = s Bᵀ dW", async () => {
  const own = (await adapted.gradient(batch, loss)).gradients;
  const full = (await merged.gradient(batch, loss)).gradients;
  expect([...own.keys()]).toEqual([...adapted.trained.keys()]);
  const s = lora.alpha / lora.rank;
  const r = lora.rank;
  for (const { module, inputs, outputs } of adaptedModules(config, lora)) {
    const names = adapterNames(module);
    const [A, B] = [adapted.trained.get(names.a)!.data, adapted.trained.get(names.b)!.data];
    const dW = full.get(`${module}.weight`)!;
    const dA = new Float64Array(r * inputs);
    const dB = new Float64Array(outputs * r);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        for (let k = 0; k < r; k++) {
          dA[k * inputs + i]! += s * B[o * r + k]! * dW[o * inputs + i]!;
          dB[o * r + k]! += s * dW[o * inputs + i]! * A[k * inputs + i]!;
        }
      }
    }
    expectClose(own.get(names.a)!, dA, 3e-5);
    expectClose(own.get(names.b)!, dB, 3e-5);
  }
});

test('layer by layer gives the gradient of the whole graph, with dropout too', async () => {
  const dropping = randomAdapter({
    ...lora,
    dropout: 0.3,
    targetModules: ['q_proj', 'o_proj', 'up_proj', 'down_proj'],
  });
  const policies = (['whole', 'blockwise'] as const).map(
    (execution) => new Policy(config, base.parameters, { device: cpuDevice(1), execution }, dropping),
  );
  const [whole, blockwise] = await Promise.all(policies.map((policy) => policy.gradient(batch, loss, 11)));
  expect(blockwise!.loss).toBeCloseTo(whole!.loss, 5);
  for (const [name, gradient] of whole!.gradients) expectClose(blockwise!.gradients.get(name)!, gradient, 3e-5);
  for (const policy of policies) await policy.close();
});

test('dropout is a function of its seed, keeps the share it should, and leaves evaluation alone', async () => {
  const dropping = base.withAdapter(randomAdapter({ ...lora, dropout: 0.5 }));
  const losses = [];
  for (const seed of [1, 1, 2]) losses.push((await dropping.gradient(batch, loss, seed)).loss);
  expect(losses[0]).toBe(losses[1]);
  expect(losses[2]).not.toBe(losses[0]);
  expectClose((await dropping.evaluate(batch, 1)).logprobs, (await merged.evaluate(batch, 1)).logprobs);
  await dropping.close();
});
