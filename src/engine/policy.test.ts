/** A small random policy: unique tokens against copies, cached decoding against whole passes, one row against many. */
import { cpuDevice } from './device/cpu.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { initialParameters } from './models/initialise.js';
import { keyLevelsOf } from './models/tile-attention.js';
import {
  KeyValueStore,
  packTrees,
  Policy,
  sft,
  sumOf,
  ppoClip,
  kl,
  entropyBonus,
  type Loss,
  type TreeInput,
} from './index.js';
import { uniform } from './random.js';
import { int, tinyLlama as config, tokens } from '../../test/support/tiny-llama.js';

let policy: Policy;
beforeAll(() => {
  policy = new Policy(config, initialParameters(config, 3), { device: cpuDevice(1) });
});

/** A random tree: a prompt, then segments that hang from random earlier ones. */
function randomTree(seed: number): TreeInput['segments'] {
  return Array.from({ length: 9 }, (_, s) => ({
    parent: s === 0 ? null : int(s, seed, s),
    tokens: tokens(1 + int(12, seed, s, 1), seed, s, 2),
    train: s > 0 && uniform(9, seed, s, 3) < 0.7,
  }));
}
const pathTo = (segments: TreeInput['segments'], leaf: number): number[] => {
  const { parent } = segments[leaf]!;
  return parent === null ? [leaf] : [...pathTo(segments, parent), leaf];
};

function policyLoss(old: Float32Array, advantages: readonly (readonly [number, number])[], weights: number[]): Loss {
  const clipped = ppoClip({ clipLow: 0.2, clipHigh: 0.2, dualClip: 3 });
  return {
    objective: sumOf<string>(clipped, kl(0.05), entropyBonus(0.01)),
    values: {
      oldLogprobs: old,
      referenceLogprobs: old.map((l) => l + 0.1),
      positive: Float32Array.from(advantages, ([p]) => p),
      negative: Float32Array.from(advantages, ([, n]) => n),
      positiveCopies: Float32Array.from(advantages, ([p]) => Number(p > 0)),
      negativeCopies: Float32Array.from(advantages, ([, n]) => Number(n < 0)),
      weights: Float32Array.from(weights),
    },
    temperature: 0.9,
  };
}

function likelihood(targets: number, weight = 1 / targets): Loss {
  return { objective: sft, values: { weights: new Float32Array(targets).fill(weight) }, temperature: 1 };
}

test.each([1, 2, 3])(
  'loss and gradient on unique tokens equal those of the copied sequences (random tree %i)',
  async (seed) => {
    const segments = randomTree(seed);
    const leaves = segments.flatMap((_, s) => (segments.some((other) => other.parent === s) ? [] : [s]));
    const advantage = leaves.map((_, i) => uniform(9, seed, i, 4) * 4 - 2);
    const paths = leaves.map((leaf) => pathTo(segments, leaf));
    const trainedOf = (s: number) => (segments[s]!.train ? Array.from(segments[s]!.tokens) : []);
    const N = paths.flat().flatMap(trainedOf).length;
    const oldOf = (s: number, i: number) => -3 - uniform(9, seed, s, i, 5);

    const below = segments.map((_, s) => {
      const through = advantage.filter((_, i) => paths[i]!.includes(s));
      const part = (keep: (a: number) => boolean) => through.filter(keep).reduce((a, b) => a + b, 0) / N;
      return { sums: [part((a) => a > 0), part((a) => a < 0)] as const, weight: through.length / N };
    });
    const unique = segments.flatMap((_, s) => trainedOf(s).map((_, i) => ({ s, i })));
    const treeBatch = packTrees([{ segments }]);
    const onUnique = await policy.gradient(
      treeBatch,
      policyLoss(
        Float32Array.from(unique, ({ s, i }) => oldOf(s, i)),
        unique.map(({ s }) => below[s]!.sums),
        unique.map(({ s }) => below[s]!.weight),
      ),
    );

    const copied = paths.flatMap((path, leaf) => path.flatMap((s) => trainedOf(s).map((_, i) => ({ s, i, leaf }))));
    const copyBatch = packTrees(
      paths.map((path) => ({ segments: path.map((s, i) => ({ ...segments[s]!, parent: i === 0 ? null : i - 1 })) })),
    );
    const onCopies = await policy.gradient(
      copyBatch,
      policyLoss(
        Float32Array.from(copied, ({ s, i }) => oldOf(s, i)),
        copied.map(({ leaf }) => [Math.max(0, advantage[leaf]!) / N, Math.min(0, advantage[leaf]!) / N] as const),
        copied.map(() => 1 / N),
      ),
    );

    expect(treeBatch.tokens).toBeLessThan(copyBatch.tokens);
    expect(onUnique.loss).toBeCloseTo(onCopies.loss, 5);
    for (const [name, gradient] of onUnique.gradients) {
      const other = onCopies.gradients.get(name)!;
      const largest = Math.max(...other.map(Math.abs));
      gradient.forEach((g, i) => expect(Math.abs(g - other[i]!)).toBeLessThan(1e-5 * largest));
    }
  },
);

test('the same batch twice gives the same gradients, bit for bit', async () => {
  const batch = packTrees([{ segments: randomTree(4) }]);
  const loss = likelihood(batch.targets);
  const [a, b] = [await policy.gradient(batch, loss), await policy.gradient(batch, loss)];
  expect(a).toEqual(b);
});

test('log-probs while decoding agree with those of the training graph', async () => {
  const prompt = tokens(7, 100);
  const response = tokens(9, 101);
  const { logprobs } = await policy.evaluate(
    packTrees([
      {
        segments: [
          { parent: null, tokens: prompt, train: false },
          { parent: 0, tokens: response, train: true },
        ],
      },
    ]),
    1,
  );
  const store = new KeyValueStore(config);
  let fresh = prompt;
  let seen = 0;
  for (const [i, token] of response.entries()) {
    const slots = Int32Array.from(fresh, (_, j) => seen + j);
    const logits = await policy.extend(store, [
      { tokens: fresh, prefix: Int32Array.from({ length: seen }, (_, j) => j), slots },
    ]);
    const normaliser = Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0));
    expect(logits[token]! - normaliser).toBeCloseTo(logprobs[i]!, 5);
    seen += fresh.length;
    fresh = Int32Array.of(token);
  }
});

test('a row decodes to the same bits alone and among others', async () => {
  const row = (b: number) => ({
    tokens: tokens(5, b),
    prefix: new Int32Array(0),
    slots: Int32Array.from({ length: 5 }, (_, i) => b * 5 + i),
  });
  const together = await policy.extend(new KeyValueStore(config), [0, 1, 2, 3].map(row));
  for (const b of [0, 1, 2, 3]) {
    const alone = await policy.extend(new KeyValueStore(config), [row(b)]);
    expect(alone).toEqual(together.slice(b * 50, (b + 1) * 50));
  }
});

const slotsFrom = (first: number, count: number) => Int32Array.from({ length: count }, (_, i) => first + i);

describe('frozen weights', () => {
  /** Wide enough for products that are computed in parts, which differ with the number of rows where the weights are fed. */
  const wide = { ...config, hiddenSize: 320, headDim: 40, ffnSize: 640 };

  test('decode a row to the same bits alone and among any number of others', async () => {
    const frozen = new Policy(wide, initialParameters(wide, 3), { device: cpuDevice(2) });
    await frozen.freeze({ sharing: false });
    const row = (b: number) => ({
      tokens: tokens(2, b),
      prefix: new Int32Array(),
      slots: Int32Array.of(2 * b, 2 * b + 1),
    });
    const logitsOfFirst = async (rows: number) => {
      const store = new KeyValueStore(wide);
      const logits = await frozen.extend(
        store,
        Array.from({ length: rows }, (_, b) => row(b)),
      );
      return logits.slice(0, wide.vocabSize);
    };
    const alone = await logitsOfFirst(1);
    for (const rows of [2, 9, 17, 40, 130]) expect(await logitsOfFirst(rows), `${rows} rows`).toEqual(alone);
    await frozen.close();
  });

  test('decode rows that have a beginning in common as if each had its own', async () => {
    const [flat, sharing] = [0, 1].map(
      () => new Policy(config, initialParameters(config, 3), { device: cpuDevice(2) }),
    );
    await Promise.all([flat!.freeze({ sharing: false }), sharing!.freeze({ sharing: true })]);
    // Two prompts with three and two rollouts, one of them a fork of another, and one that is alone.
    const prompts = [
      [0, 9],
      [20, 6],
      [40, 4],
    ].map(([first, length]) => slotsFrom(first!, length!));
    const own = [
      [100, 3],
      [110, 5],
      [110, 2, 120],
      [130, 1],
      [140, 4],
      [150, 2],
    ] as const;
    const prefixes = own.map(([first, length, then], b) =>
      Int32Array.from([...prompts[[0, 0, 0, 1, 1, 2][b]!]!, ...slotsFrom(first, length), ...(then ? [then] : [])]),
    );
    const decode = async (decoding: Policy) => {
      const store = new KeyValueStore(config);
      const written = new Map(prefixes.flatMap((prefix) => [...prefix].map((slot, depth) => [slot, depth] as const)));
      const byDepth = [...written].sort(([, a], [, b]) => a - b);
      for (const [slot, depth] of byDepth) {
        const prefix = prefixes.find((one) => one[depth] === slot)!.subarray(0, depth);
        await decoding.extend(store, [{ tokens: tokens(1, slot), prefix, slots: Int32Array.of(slot) }]);
      }
      const step = (count: number) =>
        decoding.extend(
          store,
          prefixes.map((prefix, b) => ({ tokens: tokens(count, b), prefix, slots: slotsFrom(200 + 8 * b, count) })),
        );
      return [await step(1), await step(5)];
    };
    const [expected, found] = [await decode(flat!), await decode(sharing!)];
    expected.forEach((logits, i) => logits.forEach((logit, v) => expect(found[i]![v]).toBeCloseTo(logit, 5)));
    expect(found[0]).not.toEqual(expected[0]);
    await Promise.all([flat!.close(), sharing!.close()]);
  });

  test('decode as those that are fed, and give way to changed ones when they are thawed', async () => {
    const changing = new Policy(config, initialParameters(config, 3), { device: cpuDevice(1) });
    const row = { tokens: tokens(4, 1), prefix: new Int32Array(), slots: Int32Array.of(0, 1, 2, 3) };
    const decode = () => changing.extend(new KeyValueStore(config), [row]);
    const difference = (a: Float32Array, b: Float32Array) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
    const fed = await decode();
    await changing.freeze({ sharing: false });
    await changing.freeze({ sharing: false });
    const frozen = await decode();
    expect(difference(fed, frozen)).toBeLessThan(1e-5);
    for (const { data } of changing.trained.values()) for (let i = 0; i < data.length; i++) data[i]! *= 1.5;
    expect(await decode()).toEqual(frozen);
    await changing.thaw();
    const changed = await decode();
    expect(difference(changed, frozen)).toBeGreaterThan(1e-2);
    await changing.freeze({ sharing: false });
    expect(difference(await decode(), changed)).toBeLessThan(1e-4);
    await changing.close();
  });

  test('allow no gradient, which would be of other weights than those that decode', async () => {
    const own = new Policy(config, initialParameters(config, 3), { device: cpuDevice(1) });
    await own.freeze({ sharing: false });
    const batch = packTrees([{ segments: randomTree(1) }]);
    expect(() => own.gradientInPlace(batch, likelihood(batch.targets))).toThrow('frozen for decoding');
    await own.thaw();
    expect((await own.gradient(batch, likelihood(batch.targets))).loss).toBeGreaterThan(0);
    await own.close();
  });
});

test('what came before a batch changes no bit of its gradient, though its graph has more levels then', async () => {
  const chain: TreeInput = {
    segments: [
      { parent: null, tokens: tokens(3, 1), train: false },
      { parent: 0, tokens: tokens(20, 2), train: true },
    ],
  };
  const batch = packTrees([chain]);
  const loss = likelihood(batch.targets);
  for (const execution of ['whole', 'blockwise'] as const) {
    const fresh = new Policy(config, policy.parameters, { device: cpuDevice(1), execution });
    const before = await fresh.gradient(batch, loss);
    const bushy = packTrees([
      { segments: [chain.segments[0]!, ...Array.from({ length: 9 }, () => chain.segments[1]!)] },
    ]);
    expect(keyLevelsOf(bushy)[1]).toBeGreaterThan(keyLevelsOf(batch)[1]);
    await fresh.gradient(bushy, likelihood(bushy.targets, 1));
    const after = await fresh.gradient(batch, loss);
    expect(after.loss).toBe(before.loss);
    for (const [name, gradient] of before.gradients) expect(after.gradients.get(name)).toEqual(gradient);
    await fresh.close();
  }
});
