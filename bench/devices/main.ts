/**
 * `npm run bench:devices -- [cpu|webgpu …] [--model small|smollm]`: prints what a forward pass, a forward and backward pass, an optimiser step and a decode step take on
 * each device, beside each other. Weights are random. Not a test: it fails nothing.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import {
  cpuDevice,
  initialParameters,
  optimizerOf,
  packTrees,
  Policy,
  sft,
  uniform,
  webGpuDevice,
  type DecodeRow,
  type Device,
  type Loss,
} from '../../src/engine/index.js';
import { shapes, type ModelShape } from '../harness/materials.js';
import { median } from '../harness/statistics.js';

const SEED = 1;
const ROUNDS = 5;
const PROMPT = 32;
const ROWS = 16;

const devices: Readonly<Record<string, () => Device>> = {
  cpu: () => cpuDevice(0),
  webgpu: webGpuDevice,
};

/** Of sequences that are trained on. */
const batches: { readonly [S in ModelShape]: { rows: number; length: number } } = {
  small: { rows: 8, length: 256 },
  smollm: { rows: 4, length: 256 },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string', default: 'small' } },
});
const shape = values.model;
if (shape !== 'small' && shape !== 'smollm') throw new Error(`--model ${shape}: give small or smollm`);
const config = shapes[shape];
const { rows, length } = batches[shape];
console.log(
  `${shape}, ${rows} × ${length} tokens; ${ROWS} rows decoded after ${PROMPT}; ${availableParallelism()} cores; medians of ${ROUNDS}, ms`,
);
for (const name of positionals.length > 0 ? positionals : Object.keys(devices)) {
  const device = devices[name];
  if (!device) throw new Error(`${name}: give ${Object.keys(devices).join(' or ')}`);
  const times = await measured(device());
  console.log(name.padEnd(8), ...Object.entries(times).map(([what, ms]) => `${what} ${ms.toFixed(1)}  `));
}

async function measured(device: Device): Promise<Record<string, number>> {
  const policy = new Policy(config, initialParameters(config, SEED), { device });
  const options = { betas: [0.9, 0.99], epsilon: 1e-8, weightDecay: 0, decay: 'matrices' } as const;
  const optimizer = optimizerOf(policy, options);
  const batch = packTrees(
    Array.from({ length: rows }, (_, row) => ({
      segments: [
        { parent: null, tokens: ids(1, row), train: false },
        { parent: 0, tokens: ids(length - 1, row, 1), train: true },
      ],
    })),
  );
  const weights = new Float32Array(batch.targets).fill(1 / batch.targets);
  const loss: Loss = { objective: sft, values: { weights }, temperature: 1 };
  const times: Record<'forward' | 'gradient' | 'optimiser' | 'decode', number[]> = {
    forward: [],
    gradient: [],
    optimiser: [],
    decode: [],
  };
  const store = policy.newStore();
  const step = (count: number, seen: number): DecodeRow[] =>
    Array.from({ length: ROWS }, (_, row) => {
      const slot = (i: number) => row * (PROMPT + ROUNDS + 1) + i;
      return {
        tokens: ids(count, row, seen, 2),
        prefix: Int32Array.from({ length: seen }, (_, i) => slot(i)),
        slots: Int32Array.from({ length: count }, (_, i) => slot(seen + i)),
      };
    });
  store.ensure(ROWS * (PROMPT + ROUNDS + 1));
  await policy.extend(store, step(PROMPT, 0));
  // The first round compiles, and does not count.
  for (let round = 0; round <= ROUNDS; round++) {
    const time = async <T>(what: keyof typeof times, work: () => Promise<T>): Promise<T> => {
      const start = performance.now();
      const result = await work();
      if (round > 0) times[what].push(performance.now() - start);
      return result;
    };
    await time('forward', () => policy.evaluate(batch, 1));
    const { gradients } = await time('gradient', () => policy.gradientInPlace(batch, loss));
    await time('optimiser', () => optimizer.step(gradients, { learningRate: 1e-5, maxGradNorm: 1 }));
    await time('decode', () => policy.extend(store, step(1, PROMPT + round)));
  }
  await policy.close();
  return Object.fromEntries(Object.entries(times).map(([what, all]) => [what, median(all)]));
}

function ids(count: number, ...counters: number[]): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => Math.floor(uniform(SEED, ...counters, i) * config.vocabSize));
}
