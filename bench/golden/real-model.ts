/** A real pretrained model against the numbers that PyTorch gave for a few prompts: ids, logits, likelihoods, greedy continuations, gradients. */
import { Tokenizer } from '../../src/engine/io/tokenizer.js';
import { cpuDevice, packTrees, Policy, sft } from '../../src/engine/index.js';
import { pathDecoder, type Comparison } from './compare.js';

/** Bounds between two correct implementations on the same weights. */
const BOUNDS = { logits: 5e-4, nll: 1e-5, gradientNorm: 1e-4 } as const;

interface PromptNumbers {
  first_position_logits_of_ids_0_to_15: number[];
  last_position_logits_of_ids_0_to_15: number[];
  every_position_top1: { ids: number[]; logits: number[] };
  nll: number[];
  nll_mean: number;
  greedy: { ids: number[] };
  gradients_of_nll_mean?: { l2_of_all_parameters: number; parameters: Record<string, { l2: number }> };
}

export interface RealModelNumbers {
  prompts: { name: string; text: string; ids: number[]; f32: PromptNumbers; bf16: PromptNumbers }[];
}

/** Yields each prompt's quantities; `weights` says which of the two sets of numbers the directory's weights belong to. */
export async function* compareRealModel(
  directory: string,
  { prompts }: RealModelNumbers,
  weights: 'f32' | 'bf16',
): AsyncGenerator<Comparison> {
  const tokenizer = await Tokenizer.load(directory);
  const policy = await Policy.load(directory, { device: cpuDevice(0) });
  for (const { name, text, ids, [weights]: truth } of prompts) {
    const encoded = Array.from(tokenizer.encode(text, { allowSpecial: true }));
    yield exact(`${name}.ids`, encoded, ids);
    const { rows, greedy } = await decode(policy, ids, truth.greedy.ids.length);
    const top1 = rows.map((row) => row.indexOf(row.reduce((a, b) => Math.max(a, b))));
    yield exact(`${name}.top1`, top1, truth.every_position_top1.ids);
    yield exact(`${name}.greedy`, greedy, truth.greedy.ids);
    const best = rows.map((row, t) => row[top1[t]!]!);
    yield absolute(`${name}.top1 logits`, best, truth.every_position_top1.logits, BOUNDS.logits);
    yield absolute(`${name}.first logits`, rows[0]!, truth.first_position_logits_of_ids_0_to_15, BOUNDS.logits);
    yield absolute(`${name}.last logits`, rows.at(-1)!, truth.last_position_logits_of_ids_0_to_15, BOUNDS.logits);
    yield* likelihood(policy, name, ids, truth);
  }
  await policy.close();
}

/** The logits after every token of the prompt, token by token through the cache, and the greedy continuation. */
async function decode(
  policy: Policy,
  ids: number[],
  continuation: number,
): Promise<{ rows: Float32Array[]; greedy: number[] }> {
  const feed = pathDecoder(policy);
  const rows: Float32Array[] = [];
  for (const id of ids) rows.push((await feed([id])).slice());
  const greedy: number[] = [];
  for (let row = rows.at(-1)!; greedy.length < continuation; row = await feed(greedy.slice(-1))) {
    greedy.push(row.indexOf(row.reduce((a, b) => Math.max(a, b))));
  }
  return { rows, greedy };
}

async function* likelihood(
  policy: Policy,
  name: string,
  ids: number[],
  truth: PromptNumbers,
): AsyncGenerator<Comparison> {
  const batch = packTrees([
    {
      segments: [
        { parent: null, tokens: Int32Array.from(ids.slice(0, 1)), train: false },
        { parent: 0, tokens: Int32Array.from(ids.slice(1)), train: true },
      ],
    },
  ]);
  const weights = new Float32Array(batch.targets).fill(1 / batch.targets);
  const { loss, logprobs, gradients } = await policy.gradient(batch, {
    objective: sft,
    values: { weights },
    temperature: 1,
  });
  yield absolute(
    `${name}.nll`,
    logprobs.map((l) => -l),
    truth.nll,
    BOUNDS.logits,
  );
  yield absolute(`${name}.nll mean`, [loss], [truth.nll_mean], BOUNDS.nll);
  const expected = truth.gradients_of_nll_mean;
  if (!expected) return;
  const norms = new Map([...gradients].map(([parameter, gradient]) => [parameter, norm(gradient)]));
  const all = Math.hypot(...norms.values());
  yield relative(`${name}.gradient norm`, all, expected.l2_of_all_parameters);
  for (const [parameter, { l2 }] of Object.entries(expected.parameters)) {
    yield relative(`${name}.gradient norm ${parameter}`, norms.get(parameter) ?? NaN, l2);
  }
}

function norm(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

function exact(quantity: string, actual: number[], truth: number[]): Comparison {
  const wrong = truth.filter((value, i) => actual[i] !== value).length + Math.abs(actual.length - truth.length);
  return { quantity: `${quantity} wrong`, error: wrong, torch: 0, bound: 0 };
}

/** Over as many values as the truth has. */
function absolute(quantity: string, actual: ArrayLike<number>, truth: number[], bound: number): Comparison {
  const error = truth.reduce((worst, value, i) => Math.max(worst, Math.abs(actual[i]! - value)), 0);
  return { quantity, error, torch: NaN, bound };
}

function relative(quantity: string, actual: number, truth: number): Comparison {
  return { quantity, error: Math.abs(actual - truth) / truth, torch: NaN, bound: BOUNDS.gradientNorm };
}
