/** Runs the engine on a golden set and yields how far each quantity is from the float64 truth. Prints nothing. */
import { AdamW } from '../../src/engine/optim/adamw.js';
import { clipGlobalNorm } from '../../src/engine/optim/clip.js';
import {
  cpuDevice,
  entropyBonus,
  KeyValueStore,
  kl,
  metricsOf,
  packTrees,
  Policy,
  ppoClip,
  sft as likelihood,
  sumOf,
  type GradientResult,
  type Loss,
  type TreeInput,
} from '../../src/engine/index.js';
import type { GoldenSet, LossNumbers } from './golden-set.js';

export interface Comparison {
  quantity: string;
  /** max|a − b| / max|b|; for updated weights ‖a − b‖ / ‖b‖. */
  error: number;
  /** PyTorch's own float32 error of the same quantity. */
  torch: number;
  bound: number;
}

const FLOOR = 1e-5;
/** A single weight whose gradient is rounding noise may move by more: AdamW divides a gradient by its own size. */
const SINGLE_WEIGHT = 1e-4;

/** Every quantity of the set, in the order of the computation. A quantity passes when its error is at most its bound. */
export async function* compare(set: GoldenSet, execution: 'whole' | 'blockwise'): AsyncGenerator<Comparison> {
  const load = () => Policy.load(set.modelDirectory, { device: cpuDevice(1), execution });
  const policy = await load();
  try {
    yield* decoding(set, policy);
    yield* distributions(set, policy);
    yield* policyLosses(set, policy);
    yield* trees(set, policy);
  } finally {
    await policy.close();
  }
  const trained = await load();
  try {
    yield* supervised(set, trained);
  } finally {
    await trained.close();
  }
}

function maxRelative(actual: ArrayLike<number>, truth: ArrayLike<number>): number {
  if (actual.length !== truth.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < truth.length; i++) {
    // Not Math.max alone: a NaN must not pass.
    if (!(Math.abs(actual[i]! - truth[i]!) <= difference)) difference = Math.abs(actual[i]! - truth[i]!);
    largest = Math.max(largest, Math.abs(truth[i]!));
  }
  return difference / largest;
}

function relative(
  set: GoldenSet,
  quantity: string,
  actual: ArrayLike<number>,
  truth: ArrayLike<number>,
  stored = quantity,
): Comparison {
  const torch = set.numbers.float32_error[stored]?.max_rel ?? NaN;
  return { quantity, error: maxRelative(actual, truth), torch, bound: Math.max(FLOOR, 3 * (torch || 0)) };
}

function* gradients(set: GoldenSet, prefix: string, result: GradientResult): Generator<Comparison> {
  for (const [name, gradient] of result.gradients) {
    yield relative(set, `${prefix}/${name}`, gradient, set.tensor(`${prefix}/${name}`), prefix);
  }
}

/** Token by token through the key/value cache: every row of logits of the batch, then greedy continuations. */
async function* decoding(set: GoldenSet, policy: Policy): AsyncGenerator<Comparison> {
  const V = policy.config.vocabSize;
  const rows: number[] = [];
  const longest = Math.max(...set.numbers.batch.lengths);
  for (const ids of set.sequences) {
    const feed = pathDecoder(policy);
    for (const id of ids) rows.push(...(await feed([id])));
    for (let pad = ids.length; pad < longest; pad++) rows.push(...new Float32Array(V));
  }
  yield relative(set, 'logits', rows, set.tensor('logits'));
  for (const [i, { prompt, tokens }] of set.numbers.greedy.entries()) {
    const feed = pathDecoder(policy);
    const chosen: number[] = [];
    const got: number[] = [];
    for (let fresh = prompt; chosen.length < tokens.length; fresh = chosen.slice(-1)) {
      const logits = await feed(fresh);
      got.push(...logits);
      chosen.push(logits.indexOf(Math.max(...logits)));
    }
    const first = (prompt.length - 1) * V;
    const truth = Array.from({ length: got.length }, (_, j) => set.tensor(`greedy.${i}.logits`)[first + j]!);
    yield relative(set, `greedy.${i}.logits`, got, truth, 'greedy.logits');
    const wrong = chosen.filter((token, j) => token !== tokens[j]).length;
    yield { quantity: `greedy.${i}.tokens wrong`, error: wrong, torch: 0, bound: 0 };
  }
}

/** Feeds one path more tokens each time; returns the logits after the last. */
export function pathDecoder(policy: Policy): (tokens: number[]) => Promise<Float32Array> {
  const store = new KeyValueStore(policy.config);
  let seen = 0;
  return async (tokens) => {
    const prefix = Int32Array.from({ length: seen }, (_, i) => i);
    const slots = Int32Array.from(tokens, (_, i) => seen + i);
    seen += tokens.length;
    return policy.extend(store, [{ tokens: Int32Array.from(tokens), prefix, slots }]);
  };
}

/** A sequence as a tree of one path, cut where the mask changes, so that exactly the masked tokens are targets. */
function sequenceTree(ids: number[], mask: number[]): TreeInput {
  const segments: { parent: number | null; tokens: Int32Array; train: boolean }[] = [];
  for (let start = 0, end = 1; start < ids.length; start = end, end = start + 1) {
    while (end < ids.length && mask[end] === mask[start]) end++;
    const parent = segments.length === 0 ? null : segments.length - 1;
    segments.push({ parent, tokens: Int32Array.from(ids.slice(start, end)), train: mask[start] === 1 });
  }
  return { segments };
}

function pack(set: GoldenSet, masks: number[][]) {
  return packTrees(set.sequences.map((ids, b) => sequenceTree(ids, masks[b]!)));
}

/** The values of the masked tokens, in order. */
function masked(values: (number | null)[][], masks: number[][]): number[] {
  return values.flatMap((row, b) => row.filter((value, t): value is number => masks[b]![t] === 1));
}

async function* distributions(set: GoldenSet, policy: Policy): AsyncGenerator<Comparison> {
  const masks = set.sequences.map((ids) => ids.map((_, t) => (t === 0 ? 0 : 1)));
  const batch = pack(set, masks);
  for (const { temperature, logprobs, entropies } of set.numbers.temperatures) {
    const got = await policy.evaluate(batch, temperature);
    const at = `@${temperature.toFixed(1)}`;
    yield relative(set, `logprobs${at}`, got.logprobs, masked(logprobs, masks));
    yield relative(
      set,
      `entropies${at}`,
      got.entropies,
      entropies.flatMap((row) => row.slice(0, -1)),
    );
  }
}

async function* supervised(set: GoldenSet, policy: Policy): AsyncGenerator<Comparison> {
  const { sft, adamw } = set.numbers;
  const batch = pack(set, sft.loss_mask);
  const weights = new Float32Array(batch.targets).fill(1 / sft.tokens);
  const loss: Loss = { objective: likelihood, values: { weights }, temperature: 1 };
  const options = {
    betas: [adamw.beta1, adamw.beta2],
    epsilon: adamw.eps,
    weightDecay: adamw.weight_decay,
    decay: 'matrices',
  } as const;
  const optimizer = new AdamW(policy.parameters, options);
  for (const [i, expected] of adamw.steps.entries()) {
    const step = `adamw.step${i + 1}`;
    const result = await policy.gradient(batch, loss);
    if (i === 0) yield* gradients(set, 'sft.grad', result);
    yield relative(set, `${step}.loss`, [result.loss], [expected.loss], 'sft.loss');
    yield relative(
      set,
      `${step}.grad_norm`,
      [clipGlobalNorm(result.gradients, adamw.max_grad_norm)],
      [expected.grad_norm],
    );
    optimizer.step(result.gradients, adamw.learning_rate);
    for (const [name, { data }] of policy.parameters) yield* updatedWeights(set, `${step}.weights`, name, data);
  }
  const after = await policy.gradient(batch, loss);
  yield relative(set, 'adamw.loss_after', [after.loss], [adamw.loss_after], 'sft.loss');
}

function* updatedWeights(set: GoldenSet, prefix: string, name: string, actual: Float32Array): Generator<Comparison> {
  const truth = set.tensor(`${prefix}/${name}`);
  let squares = 0;
  let norm = 0;
  let worst = 0;
  actual.forEach((w, i) => {
    squares += (w - truth[i]!) ** 2;
    norm += truth[i]! ** 2;
    worst = Math.max(worst, Math.abs(w - truth[i]!));
  });
  const torch = set.numbers.float32_error[prefix];
  yield { quantity: `${prefix}/${name}`, error: Math.sqrt(squares / norm), torch: torch?.rel_l2 ?? NaN, bound: FLOOR };
  yield { quantity: `${prefix}/${name} single`, error: worst, torch: torch?.max_abs ?? NaN, bound: SINGLE_WEIGHT };
}

async function* policyLosses(set: GoldenSet, policy: Policy): AsyncGenerator<Comparison> {
  const { rl } = set.numbers;
  const batch = pack(set, rl.loss_mask);
  const advantages = rl.loss_mask.flatMap((mask, b) => mask.filter((m) => m === 1).map(() => rl.advantages[b]!));
  for (const aggregation of ['token_mean', 'seq_mean'] as const) {
    const weights = rl.loss_mask.flatMap((mask) => {
      const own = mask.filter((m) => m === 1);
      return own.map(() => (aggregation === 'token_mean' ? 1 / rl.tokens : 1 / (own.length * rl.loss_mask.length)));
    });
    const objective = sumOf<string>(clipping(set), kl(rl.kl_coefficient), entropyBonus(rl.entropy_coefficient));
    const values = {
      oldLogprobs: Float32Array.from(masked(rl.old_logprobs, rl.loss_mask)),
      referenceLogprobs: Float32Array.from(masked(rl.ref_logprobs, rl.loss_mask)),
      positive: Float32Array.from(advantages, (a, i) => Math.max(0, a) * weights[i]!),
      negative: Float32Array.from(advantages, (a, i) => Math.min(0, a) * weights[i]!),
      positiveCopies: Float32Array.from(advantages, (a) => Number(a > 0)),
      negativeCopies: Float32Array.from(advantages, (a) => Number(a < 0)),
      weights: Float32Array.from(weights),
    };
    const result = await policy.gradient(batch, { objective, values, temperature: 1 });
    yield relative(set, `rl.${aggregation}.loss`, [result.loss], [rl[aggregation].loss]);
    const meanEntropy = weights.reduce((sum, w, i) => sum + w * result.entropies[i]!, 0);
    const truth = rl[aggregation];
    yield relative(set, `rl.${aggregation}.entropy`, [meanEntropy], [truth.entropy]);
    const metrics = metricsOf(objective, result.sums, { copies: rl.tokens, weight: 1 });
    yield relative(set, `rl.${aggregation}.pg_loss`, [metrics['pg_loss']!], [truth.pg_loss]);
    yield relative(set, `rl.${aggregation}.kl`, [metrics['kl_to_reference']!], [truth.kl]);
    yield* clippedShares(`rl.${aggregation}`, metrics, truth);
    yield* gradients(set, `rl.${aggregation}.grad`, result);
  }
}

function clipping(set: GoldenSet) {
  const { clip_low, clip_high, dual_clip } = set.numbers.rl;
  return ppoClip({ clipLow: clip_low, clipHigh: clip_high, dualClip: dual_clip });
}

/** Counts of tokens are exact. */
function* clippedShares(prefix: string, metrics: Record<string, number>, truth: LossNumbers): Generator<Comparison> {
  for (const name of ['clip_fraction', 'dual_clip_fraction'] as const) {
    yield { quantity: `${prefix}.${name}`, error: Math.abs(metrics[name]! - truth[name]), torch: 0, bound: 1e-12 };
  }
}

interface Credit {
  positive: number;
  negative: number;
  positiveCopies: number;
  negativeCopies: number;
}

/** Hard attribution: every copy of a token has the mean advantage. */
function shareMean({ positive, negative, positiveCopies, negativeCopies }: Credit): Credit {
  const mean = positive + negative;
  const copies = positiveCopies + negativeCopies;
  return {
    positive: Math.max(0, mean),
    negative: Math.min(0, mean),
    positiveCopies: mean > 0 ? copies : 0,
    negativeCopies: mean < 0 ? copies : 0,
  };
}

/** A prompt's whole tree on its unique tokens, against the loss of the copied sequences (soft) and of mean advantages (hard). */
async function* trees(set: GoldenSet, policy: Policy): AsyncGenerator<Comparison> {
  const { segments, leaves, copied_loss_tokens: copies, unique_tokens } = set.numbers.tree;
  const sums = segments.map(() => ({ positive: 0, negative: 0, positiveCopies: 0, negativeCopies: 0 }));
  for (const { segment, advantage } of leaves) {
    for (let s: number | null = segment; s !== null; s = segments[s]!.parent) {
      const sign = advantage > 0 ? 'positive' : 'negative';
      sums[s]![sign] += advantage / copies;
      sums[s]![`${sign}Copies`] += 1;
    }
  }
  const trained = segments.filter(({ kind }) => kind === 'model');
  const perToken = (value: (id: number) => number) =>
    Float32Array.from(trained.flatMap(({ id, token_ids }) => token_ids.map(() => value(id))));
  const batch = packTrees([
    {
      segments: segments.map(({ parent, kind, token_ids }) => ({
        parent,
        tokens: Int32Array.from(token_ids),
        train: kind === 'model',
      })),
    },
  ]);
  yield { quantity: 'tree.unique_tokens', error: Math.abs(batch.tokens - unique_tokens), torch: 0, bound: 0 };
  for (const attribution of ['soft', 'hard'] as const) {
    const credit = attribution === 'soft' ? sums : sums.map(shareMean);
    const objective = clipping(set);
    const values = {
      oldLogprobs: Float32Array.from(trained.flatMap(({ old_logprobs }) => old_logprobs ?? [])),
      positive: perToken((id) => credit[id]!.positive),
      negative: perToken((id) => credit[id]!.negative),
      positiveCopies: perToken((id) => credit[id]!.positiveCopies),
      negativeCopies: perToken((id) => credit[id]!.negativeCopies),
    };
    const result = await policy.gradient(batch, { objective, values, temperature: 1 });
    const truth = set.numbers.tree[attribution];
    yield relative(set, `tree.${attribution}.loss`, [result.loss], [truth.loss]);
    yield* clippedShares(`tree.${attribution}`, metricsOf(objective, result.sums, { copies, weight: 1 }), truth);
    yield* gradients(set, `tree.${attribution}.grad`, result);
  }
}
