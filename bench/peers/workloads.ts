/**
 * Our side of the benchmarks: the engine as the trainer runs it. The same work as bench/peers/peer.py. Measures time; compares and prints nothing.
 */
import { setTimeout } from 'node:timers/promises';
import { readSafetensors } from '../../src/engine/io/safetensors.js';
import { clipGlobalNorm } from '../../src/engine/optim/clip.js';
import {
  cpuDevice,
  KeyValueStore,
  optimizerOf,
  packTrees,
  Policy,
  sft,
  type Loss,
  type TreeBatch,
} from '../../src/engine/index.js';
import { CachedPath, KvCache } from '../../src/trainer/rollout/kv-cache.js';
import { Sampler } from '../../src/trainer/rollout/sampler.js';
import { gradientStep } from '../../src/trainer/update/gradient-step.js';
import type {
  Measurement,
  MeasureRequest,
  PrepareRequest,
  RolloutWork,
  TaskName,
  Workload,
} from '../harness/protocol.js';

/** With a rate of 0 every measurement does the same work on the same weights. */
const LEARNING_RATE = 0;
const MAX_NORM = 1;

export interface Prepared {
  measure(request: MeasureRequest): Promise<Measurement>;
}

export const workloads: { readonly [W in Workload]: (request: PrepareRequest) => Promise<Prepared> } = {
  training: prepareTraining,
  decoding: prepareDecoding,
  rollout: prepareRollout,
};

async function prepareTraining({ model, inputs, threads, partings }: PrepareRequest): Promise<Prepared> {
  const policy = await Policy.load(model, { device: cpuDevice(threads) });
  const { batch, weights } = packRows(await readRows(inputs), partings);
  const loss: Loss = { objective: sft, values: { weights }, temperature: 1 };
  const optimizer = optimizerOf(policy, {
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    weightDecay: 0.01,
    decay: 'all',
  });
  let gradients = new Map<string, Float32Array>();

  const tasks: { readonly [T in TaskName]?: () => Promise<Measurement> } = {
    gradient: async () => {
      const start = performance.now();
      const result = await policy.gradient(batch, loss);
      const seconds = secondsSince(start);
      ({ gradients } = result);
      // The norm that the sides are compared by is taken outside the time.
      return { seconds, loss: result.loss, gradient_norm: clipGlobalNorm(gradients, null) };
    },
    optimise: async () => {
      const start = performance.now();
      await optimizer.step(gradients, { learningRate: LEARNING_RATE, maxGradNorm: MAX_NORM });
      return { seconds: secondsSince(start) };
    },
    step: async () => {
      const start = performance.now();
      const settings = { learningRate: LEARNING_RATE, maxGradNorm: MAX_NORM, dropoutSeed: () => 0 };
      const done = await gradientStep(policy, optimizer, [{ batch, loss }], settings);
      return { seconds: secondsSince(start), loss: done.loss, gradient_norm: done.gradNorm };
    },
  };
  return { measure: ({ task }) => taskOf(tasks, task)() };
}

async function prepareDecoding({ model, inputs, threads, new_tokens }: PrepareRequest): Promise<Prepared> {
  const policy = await Policy.load(model, { device: cpuDevice(threads) });
  const rows = await readRows(inputs);
  const decoder = new GreedyDecoder(policy, new_tokens);
  const loop = async (): Promise<Measurement> => {
    const start = performance.now();
    const tokens = await decoder.decode(rows);
    return { seconds: secondsSince(start), tokens: tokens.flat() };
  };
  return { measure: ({ task }) => taskOf({ loop }, task)() };
}

/** The rollout's decode loop without trees and tools: slots of the cache, one batch of rows for each token, and a sampler that reads every row. */
class GreedyDecoder {
  private readonly store: KeyValueStore;
  private readonly cache: KvCache;
  private readonly sampler: Sampler;

  constructor(
    private readonly policy: Policy,
    private readonly newTokens: number,
  ) {
    this.store = new KeyValueStore(policy.config);
    this.cache = new KvCache(this.store);
    this.sampler = new Sampler(policy.config.vocabSize, 0, 1);
  }

  async decode(prompts: readonly Int32Array[]): Promise<number[][]> {
    // As before each rollout, and counted with it.
    await this.policy.freeze({ sharing: false });
    const rows = prompts.map((prompt) => ({
      path: CachedPath.root(this.cache),
      fresh: prompt,
      chosen: [] as number[],
    }));
    for (let step = 0; step < this.newTokens; step++) {
      const feeds = rows.map(({ path, fresh: tokens }) => {
        const depth = path.length;
        path.extend(tokens.length);
        return { tokens, prefix: path.slots(0, depth), slots: path.slots(depth) };
      });
      const logits = await this.policy.extend(this.store, feeds);
      for (const [b, row] of rows.entries()) {
        this.sampler.read(logits, b);
        const token = this.sampler.choose(0);
        // A rollout keeps the log-probability too.
        this.sampler.logprob(token);
        row.chosen.push(token);
        row.fresh = Int32Array.of(token);
      }
    }
    for (const { path } of rows) path.release();
    await this.policy.thaw();
    return rows.map(({ chosen }) => chosen);
  }
}

/** A step's rollouts without what decides on forks: groups that read their prompt once, a tool for all rows at the same places, and a sampler that reads every row. */
async function prepareRollout({ model, inputs, threads, new_tokens, rollout }: PrepareRequest): Promise<Prepared> {
  if (!rollout) throw new TypeError('this workload takes rollout');
  const policy = await Policy.load(model, { device: cpuDevice(threads) });
  const rows = await readRows(inputs);
  const loop = async (): Promise<Measurement> => {
    const start = performance.now();
    const tokens = await rollOut(policy, rows, rollout, new_tokens);
    return { seconds: secondsSince(start), tokens: tokens.flat() };
  };
  return { measure: ({ task }) => taskOf({ loop }, task)() };
}

async function rollOut(
  policy: Policy,
  rows: readonly Int32Array[],
  { group, prompt_tokens: prompt, calls, result_tokens: result, tool_seconds: pause }: RolloutWork,
  newTokens: number,
): Promise<number[][]> {
  await policy.freeze({ sharing: true });
  const store = new KeyValueStore(policy.config);
  const cache = new KvCache(store);
  const sampler = new Sampler(policy.config.vocabSize, 0, 1);
  const extend = (feeds: readonly { path: CachedPath; fresh: Int32Array }[]) =>
    policy.extend(
      store,
      feeds.map(({ path, fresh }) => {
        const depth = path.length;
        path.extend(fresh.length);
        return { tokens: fresh, prefix: path.slots(0, depth), slots: path.slots(depth) };
      }),
    );
  const prompts = rows.filter((_, row) => row % group === 0).map((row) => row.subarray(0, prompt));
  const roots = prompts.map((fresh) => ({ path: CachedPath.root(cache), fresh }));
  await extend(roots);
  const rollouts = rows.map((row, b) => {
    const path = roots[Math.floor(b / group)]!.path.fork();
    path.enter();
    return { path, fresh: row.subarray(prompt, prompt + 1), chosen: [] as number[] };
  });
  for (let turn = 0; turn <= calls; turn++) {
    for (let step = 0; step < newTokens; step++) {
      const logits = await extend(rollouts);
      for (const [b, row] of rollouts.entries()) {
        sampler.read(logits, b);
        const token = sampler.choose(0);
        // A rollout keeps these too.
        sampler.logprob(token);
        sampler.entropy(token);
        row.chosen.push(token);
        row.fresh = Int32Array.of(token);
      }
    }
    if (turn === calls) break;
    await setTimeout(1000 * pause);
    rollouts.forEach((row, b) => {
      const from = prompt + 1 + turn * result;
      row.fresh = Int32Array.of(...row.fresh, ...rows[b]!.subarray(from, from + result));
    });
  }
  await policy.thaw();
  return rollouts.map(({ chosen }) => chosen);
}

async function readRows(path: string): Promise<Int32Array[]> {
  const { shape, data } = (await readSafetensors(path)).get('ids')!;
  const [rows, length] = shape as [number, number];
  return Array.from({ length: rows }, (_, r) => (data as Int32Array).subarray(r * length, (r + 1) * length));
}

interface Segment {
  parent: number | null;
  tokens: Int32Array;
  train: boolean;
  /** Rows that have it. */
  copies: number;
}

/** The rows as one tree, or each as one of its own, and what each target counts: as often as rows have it, over the targets of all rows. */
function packRows(
  rows: readonly Int32Array[],
  partings: readonly number[],
): { batch: TreeBatch; weights: Float32Array } {
  const trees = partings.length === 0 ? rows.map((row) => treeOf([row], [1])) : [treeOf(rows, partings)];
  const learnt = rows.reduce((sum, row) => sum + row.length - (partings[0] ?? 1), 0);
  const trained = trees.flat().filter(({ train }) => train);
  const weights = trained.flatMap(({ tokens, copies }) => new Array<number>(tokens.length).fill(copies / learnt));
  return { batch: packTrees(trees.map((segments) => ({ segments }))), weights: Float32Array.from(weights) };
}

/** What rows have in common up to each place where they part is one segment. The first is given, the others are learnt. */
function treeOf(rows: readonly Int32Array[], partings: readonly number[]): Segment[] {
  const segments: Segment[] = [];
  const grow = (sharing: readonly Int32Array[], level: number, parent: number | null): void => {
    const [start, end] = [level === 0 ? 0 : partings[level - 1], partings[level]];
    const groups = new Map<string, Int32Array[]>();
    for (const row of sharing) {
      const text = row.subarray(start, end).join();
      groups.set(text, [...(groups.get(text) ?? []), row]);
    }
    for (const group of groups.values()) {
      const tokens = group[0]!.subarray(start, end);
      segments.push({ parent, tokens, train: level > 0, copies: group.length });
      if (end !== undefined) grow(group, level + 1, segments.length - 1);
    }
  };
  grow(rows, 0, null);
  return segments;
}

function taskOf<Run>(tasks: { readonly [T in TaskName]?: Run }, name: TaskName): Run {
  const run = tasks[name];
  if (!run) throw new TypeError(`this workload has no task ${name}`);
  return run;
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
