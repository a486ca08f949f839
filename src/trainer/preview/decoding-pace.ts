/** How fast the policy reads prompts and writes tokens, by the number of trajectories that it writes at once. Decodes, and samples nothing that is kept. */
import type { DecodeRow, Policy } from '../../engine/index.js';
import { Sampler } from '../rollout/sampler.js';

/** Decode steps that are timed for each number of rows, after one that is not. */
const TIMED_STEPS = 3;
/** Prompts that are read at once. */
const READ_ROWS = 4;

export interface DecodingOptions {
  /** Of a typical prompt. */
  prompt: Int32Array;
  /** Tokens behind which the timed ones are written. */
  context: number;
  /** Trajectories that share a prompt. */
  groupSize: number;
  /** Numbers of trajectories to be timed. */
  rows: readonly number[];
  temperature: number;
  topP: number;
}

/** Seconds of one decode step at some numbers of rows, in ascending order. */
export type DecodePoints = readonly { rows: number; seconds: number }[];

export class DecodingPace {
  constructor(
    /** That only the first call takes, because it builds the graph. */
    readonly graphSeconds: number,
    /** That rollouts take before the first token, because the weights are built into the graph. */
    readonly freezeSeconds: number,
    /** Per prompt token. */
    readonly readSeconds: number,
    private readonly points: DecodePoints,
  ) {}

  static async measure(policy: Policy, options: DecodingOptions): Promise<DecodingPace> {
    const { prompt, context, groupSize, rows, temperature, topP } = options;
    const store = policy.newStore();
    const sampler = new Sampler(policy.config.vocabSize, temperature, topP);
    const decode = async (batch: readonly DecodeRow[]): Promise<number> => {
      const start = performance.now();
      const logits = await policy.extend(store, batch);
      batch.forEach((_, b) => {
        sampler.read(logits, b);
        sampler.choose(0.5);
      });
      return (performance.now() - start) / 1000;
    };
    const from = performance.now();
    await policy.freeze({ sharing: groupSize > 1 });
    const freezeSeconds = (performance.now() - from) / 1000;
    const reading = readingRows(prompt, READ_ROWS);
    store.ensure(READ_ROWS * prompt.length);
    const first = await decode(reading);
    const second = await decode(reading);
    const points: { rows: number; seconds: number }[] = [];
    for (const count of [...new Set(rows)].sort((a, b) => a - b)) {
      const batch = writingRows(prompt, { context, groupSize, count });
      store.ensure(context + 3 * count);
      await decode(batch);
      let seconds = 0;
      for (let i = 0; i < TIMED_STEPS; i++) seconds += await decode(batch);
      points.push({ rows: count, seconds: seconds / TIMED_STEPS });
    }
    store.clear();
    await policy.thaw();
    const readSeconds = second / (READ_ROWS * prompt.length);
    return new DecodingPace(Math.max(0, first - second), freezeSeconds, readSeconds, points);
  }

  /** Seconds of one decode step: between two timed numbers of rows on the line through them, outside of them in proportion to the nearest. */
  stepSeconds(rows: number): number {
    const { points } = this;
    const above = points.findIndex((point) => point.rows >= rows);
    const high = points[above];
    const low = points[above - 1];
    if (!high) return (points.at(-1)!.seconds * rows) / points.at(-1)!.rows;
    if (!low) return high.seconds;
    return low.seconds + ((high.seconds - low.seconds) * (rows - low.rows)) / (high.rows - low.rows);
  }
}

function readingRows(prompt: Int32Array, count: number): DecodeRow[] {
  return Array.from({ length: count }, (_, b) => ({
    tokens: prompt,
    prefix: new Int32Array(),
    slots: slotsFrom(b * prompt.length, prompt.length),
  }));
}

/**
 * Groups of rows behind a prompt of their own and what each has written. But for the first slots of these, which say what is shared, all have the same ones: it takes as
 * long as if each had its own, and less memory.
 */
function writingRows(
  prompt: Int32Array,
  { context, groupSize, count }: { context: number; groupSize: number; count: number },
): DecodeRow[] {
  const read = Math.min(prompt.length, context);
  return Array.from({ length: count }, (_, b) => {
    const prefix = slotsFrom(0, context);
    prefix[0] = context + Math.floor(b / groupSize);
    if (read < context) prefix[read] = context + count + b;
    return { tokens: prompt.subarray(0, 1), prefix, slots: slotsFrom(context + 2 * count + b, 1) };
  });
}

function slotsFrom(start: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => start + i);
}
