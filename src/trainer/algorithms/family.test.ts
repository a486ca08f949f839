/** Every method's advantages, loss, gradient and metrics on trees, against numbers that PyTorch has computed on the separate trajectories. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { evaluateObjective } from '../../../test/support/objectives.js';
import { segment } from '../../../test/support/trees.js';
import { metricsOf } from '../../engine/index.js';
import { resolveRunSpec, type PolicyRunSpec, type RunSpecInput } from '../../spec/run-spec.js';
import { pathTo, type Tree } from '../trees/tree.js';
import { packCredited } from '../update/packed-trees.js';
import { overlongPenalty } from './advantages.js';
import { addedAt, type CreditedTree } from './credit.js';
import { algorithmOf } from './index.js';
import { stepAdvantages } from './step-advantages.js';

interface Batch {
  name: string;
  segments: {
    id: number;
    parent: number | null;
    kind: 'prompt' | 'model' | 'tool';
    tokens: number;
    first_target: number | null;
  }[];
  trajectories: { prompt: number; segments: number[]; reward: number | null }[];
  logprobs: number[];
  old_logprobs: number[];
  reference_logprobs: number[];
  entropies: number[];
}

interface Options {
  clip_low?: number | null;
  clip_high?: number;
  dual_clip?: number | null;
  aggregation: string;
  max_response_tokens?: number;
  kl_coefficient?: number;
  reward_kl_coefficient?: number;
  zero_variance?: 'keep' | 'drop';
  credit?: 'hard';
  normalisation?: string;
  kl?: 'to_go';
  reset_at_tools?: boolean;
  entropy_weight?: number;
  overlong?: { max_tokens: number; cache_tokens: number };
  episode_statistics?: 'steps' | 'trajectories';
  std?: boolean;
  gamma?: number;
}

interface Example {
  method: string;
  batch: string;
  objective: string;
  options: Options;
  steps?: ({ anchor_states: string[]; rewards: number[] } | null)[];
  step_advantages?: (number[] | null)[];
  advantages: (number | null)[] | null;
  token_advantages: (number[] | null)[] | null;
  loss: number;
  gradient: number[];
  metrics: Record<string, number>;
}

interface Family {
  batches: Batch[];
  examples: Example[];
  overlong: {
    max_tokens: number;
    cache_tokens: number;
    rows: { length: number; paper: number }[];
  };
}

const family = JSON.parse(readFileSync(new URL('../../../test/golden/family.json', import.meta.url), 'utf8')) as Family;

const AGGREGATIONS: Record<string, PolicyRunSpec['training']['loss_aggregation']> = {
  token_mean: 'token',
  sequence_mean: 'sequence',
  sequence_sum: 'sequence_sum',
  sum_over_constant: 'constant',
};

/** What is an option here; the others are variants of other implementations. */
const covered = family.examples.filter(({ method, objective, options, advantages }) => {
  const { aggregation, reward_kl_coefficient: klInReward = 0, normalisation = 'verl' } = options;
  const isOption = aggregation in AGGREGATIONS && normalisation === 'verl' && !options.reset_at_tools;
  const isObjective = ['ppo', 'cispo', 'gspo', 'gspo_token', 'reinforce', 'aepo'].includes(objective);
  const isBalanced = objective === 'aepo';
  // OpenRLHF's RLOO, and verl's baseline variant of REINFORCE++, take the KL the other way round.
  const isOther = method.endsWith('_baseline')
    ? options.kl !== 'to_go'
    : method.startsWith('rloo') && advantages === null;
  const isOtherKl = klInReward !== 0 && isOther;
  return (
    isOption && isObjective && !isOtherKl && !method.startsWith('gigpo') && isBalanced === method.startsWith('aepo')
  );
});

function specOf({ method, objective, options }: Example): PolicyRunSpec {
  const { clip_low, clip_high, dual_clip, aggregation, kl_coefficient, zero_variance, credit, overlong } = options;
  const isBaseline = method.endsWith('_baseline');
  const input = {
    method: isBaseline ? 'reinforce++' : method,
    model: 'mdl_1',
    dataset: 'ds_1',
    rollout: { max_response_tokens: overlong?.max_tokens ?? options.max_response_tokens ?? 1000 },
    advantage: {
      ...(isBaseline && { estimator: 'mean_then_batch' }),
      ...(zero_variance && { zero_variance }),
      attribution: credit ?? 'soft',
      overlong_tokens: overlong?.cache_tokens ?? null,
      entropy_weight: options.entropy_weight ?? 0,
      kl_coefficient: options.reward_kl_coefficient ?? 0,
    },
    training: {
      // Two updates in a step, where RLOO clips.
      ...(objective === 'ppo' && { mini_batch_prompts: 4 }),
      ...(clip_high !== undefined && { clip_low: clip_low ?? 1, clip_high }),
      dual_clip: dual_clip ?? null,
      kl_coefficient: kl_coefficient ?? 0,
      loss_aggregation: AGGREGATIONS[aggregation],
    },
  };
  return resolveRunSpec(input as unknown as RunSpecInput) as PolicyRunSpec;
}

interface GoldenTree {
  tree: Tree;
  rewards_G: (number | null)[];
  kl: Map<number, Float32Array>;
  /** Numbers of the trajectories in their batch, and of the first target of each segment. */
  trajectories: number[];
  firstTarget: (number | null)[];
}

/** One tree per prompt. */
function treesOf(batch: Batch): GoldenTree[] {
  const prompts = [...new Set(batch.trajectories.map(({ prompt }) => prompt))];
  return prompts.map((prompt, place) => {
    const own = batch.trajectories.flatMap((trajectory, i) => (trajectory.prompt === prompt ? [i] : []));
    const used = new Set(own.flatMap((i) => batch.trajectories[i]!.segments));
    const ids = batch.segments.map(({ id }) => id).filter((id) => used.has(id));
    const local = new Map(ids.map((id, at) => [id, at]));
    const tree: Tree = {
      place,
      example: 0,
      begun: '',
      segments: ids.map((id) => {
        const { parent, kind, tokens, first_target: first } = batch.segments[id]!;
        const cut = (values: number[]) =>
          first === null ? null : Float32Array.from(values.slice(first, first + tokens));
        const arrays = { logprobs: cut(batch.old_logprobs), entropies: cut(batch.entropies) };
        return segment(parent === null ? null : local.get(parent)!, kind, tokens, arrays);
      }),
      trajectories: own.map((i) => ({
        leaf: local.get(batch.trajectories[i]!.segments.at(-1)!)!,
        finishReason: 'stop',
      })),
    };
    const kl = new Map<number, Float32Array>();
    ids.forEach((id, at) => {
      const { first_target: first, tokens } = batch.segments[id]!;
      if (first === null) return;
      const own_T = Float32Array.from(
        { length: tokens },
        (_, t) => batch.old_logprobs[first + t]! - batch.reference_logprobs[first + t]!,
      );
      kl.set(at, own_T);
    });
    return {
      tree,
      kl,
      rewards_G: own.map((i) => batch.trajectories[i]!.reward),
      trajectories: own,
      firstTarget: ids.map((id) => batch.segments[id]!.first_target),
    };
  });
}

/** Those of the example instead of an estimator's. */
function givenAdvantages(
  { tree, trajectories }: GoldenTree,
  given: (number[] | null)[],
): Pick<CreditedTree, 'advantages_G' | 'added_G'> {
  const added_G = trajectories.map((i, at) => {
    const left = given[i] && [...given[i]];
    if (!left) return null;
    const models = pathTo(tree, tree.trajectories[at]!.leaf).filter((index) => tree.segments[index]!.kind === 'model');
    return new Map(
      models.map((index) => [index, Float64Array.from(left.splice(0, tree.segments[index]!.tokens.length))]),
    );
  });
  return { advantages_G: added_G.map((added) => (added === null ? null : 0)), added_G };
}

/** A of each target of the batch's trajectory `i`. */
function tokenAdvantages(trees: readonly GoldenTree[], credited: readonly CreditedTree[], i: number): number[] {
  const t = trees.findIndex(({ trajectories }) => trajectories.includes(i));
  const { tree, trajectories } = trees[t]!;
  const at = trajectories.indexOf(i);
  const { advantages_G, added_G } = credited[t]!;
  return pathTo(tree, tree.trajectories[at]!.leaf).flatMap((index) => {
    const { kind, tokens } = tree.segments[index]!;
    if (kind !== 'model') return [];
    return [...tokens].map((_, k) => advantages_G[at]! + addedAt(added_G, at, index, k));
  });
}

/** Within single precision of the largest. */
function expectClose(found: readonly number[], wanted: readonly number[], digits = 2e-6): void {
  const scale = Math.max(1e-3, ...wanted.map(Math.abs));
  const worst = wanted.reduce((most, x, i) => Math.max(most, Math.abs(found[i]! - x)), 0);
  expect(worst / scale).toBeLessThan(digits);
}

const cases = covered.map(
  (example) => [`${example.method} ${JSON.stringify(example.options)} on ${example.batch}`, example] as const,
);

test('the examples cover the methods that learn from rewards', () => {
  const methods = ['grpo', 'aepo', 'dapo', 'dr_grpo', 'gspo', 'cispo', 'reinforce++', 'reinforce++_baseline', 'rloo'];
  for (const method of methods) {
    expect(covered.filter(({ method: name }) => name === method).length, method).toBeGreaterThanOrEqual(3);
  }
  expect(covered.filter(({ objective }) => objective === 'gspo_token').length).toBeGreaterThanOrEqual(4);
  const paying = covered.filter(({ options }) => (options.reward_kl_coefficient ?? 0) > 0).map(({ method }) => method);
  expect(new Set(paying)).toEqual(new Set(['reinforce++', 'reinforce++_baseline', 'rloo']));
});

test.each(cases)('%s', async (_, example) => {
  const batch = family.batches.find(({ name }) => name === example.batch)!;
  const trees = treesOf(batch);
  const spec = specOf(example);
  const algorithm = algorithmOf(spec);

  const groups = algorithm.advantages(trees, spec);
  const advantages = batch.trajectories.map((): number | null => null);
  trees.forEach(({ trajectories }, t) => {
    trajectories.forEach((i, at) => {
      advantages[i] = groups[t]!.advantages_G[at]!;
    });
  });
  if (example.advantages) {
    const taking = example.advantages.map((advantage) => advantage !== null);
    expect(advantages.map((advantage) => advantage !== null)).toEqual(taking);
    const numbers = (values: readonly (number | null)[]) => values.map((value) => value ?? 0);
    expectClose(numbers(advantages), numbers(example.advantages), 1e-6);
  }

  const isGiven = example.objective === 'gspo_token' && example.token_advantages !== null;
  const credited = trees.map((golden, t) => ({
    tree: golden.tree,
    ...(isGiven ? givenAdvantages(golden, example.token_advantages!) : groups[t]!),
  }));
  example.token_advantages?.forEach((wanted, i) => {
    if (wanted === null || example.options.credit === 'hard') return;
    expectClose(tokenAdvantages(trees, credited, i), wanted, 5e-6);
  });
  const { segments } = algorithm.credit(credited, spec);
  const packed = packCredited(credited.map(({ tree }, t) => ({ tree, credit: segments[t]! })));
  const targetOf = packed.segments.flatMap(({ tree, segment: at, length }) => {
    const first = trees[tree]!.firstTarget[at]!;
    return Array.from({ length }, (__, k) => first + k);
  });
  const inOrder = (values: readonly number[]) => Float32Array.from(targetOf, (u) => values[u]!);
  const logprobs = inOrder(batch.logprobs);
  const spans = trees.map(() => new Map<number, [number, number]>());
  for (const { tree, segment: at, start, length } of packed.segments) spans[tree]!.set(at, [start, start + length]);
  const { oldLogprobs } = packed.targets;
  const coupled = algorithm.surrogate?.({ trees: credited, group: credited, spans, logprobs, oldLogprobs }, spec);

  const objective = algorithm.objective(spec);
  const values = { ...packed.targets, referenceLogprobs: inOrder(batch.reference_logprobs), ...coupled };
  const { loss, slopes, sums } = await evaluateObjective<string>(objective, { logprobs }, values);
  const gradient = example.gradient.map(() => 0);
  targetOf.forEach((u, p) => {
    gradient[u] = slopes[p]!;
  });
  expectClose([loss], [example.loss], 2e-5);
  expectClose(gradient, example.gradient, 2e-5);

  const sum = (values_P: Float32Array) => values_P.reduce((total, value) => total + value, 0);
  const over = { copies: sum(packed.targets.copies), weight: sum(packed.targets.weights) };
  const metrics = metricsOf(objective, sums, over);
  for (const name of ['clip_fraction', 'dual_clip_fraction']) {
    if (name in metrics && name in example.metrics) expect(metrics[name], name).toBeCloseTo(example.metrics[name]!, 5);
  }
});

test('the penalty for overlong responses is that of the paper', () => {
  const { max_tokens: most, cache_tokens: cache, rows } = family.overlong;
  for (const { length, paper } of rows) expect(overlongPenalty(length, most, cache)).toBeCloseTo(paper, 12);
});

const stepped = family.examples.filter(({ steps, options }) => steps && options.episode_statistics === 'trajectories');

test.each(
  stepped.map((example) => [`${example.batch}, ${example.options.std ? 'with' : 'without'} std`, example] as const),
)(
  'the steps of gigpo are compared with those of the same state: %s',
  (_, { batch: name, options, steps, step_advantages: wanted }) => {
    const batch = family.batches.find((one) => one.name === name)!;
    const { advantage } = resolveRunSpec({
      method: 'gigpo',
      model: 'mdl_1',
      dataset: 'ds_1',
      advantage: { estimator: options.std ? 'grpo' : 'mean', step_discount: options.gamma },
    }) as PolicyRunSpec;
    for (const { tree, trajectories, rewards_G } of treesOf(batch)) {
      const given = trajectories.map((i) => steps![i] ?? null);
      // What is rewarded before the end is another reward than a run has.
      if (given.some((one) => one?.rewards.slice(0, -1).some((reward) => reward !== 0))) continue;
      const models = tree.trajectories.map(({ leaf }) =>
        pathTo(tree, leaf).filter((at) => tree.segments[at]!.kind === 'model'),
      );
      const stateOf = (trajectory: number, at: number) =>
        given[trajectory]!.anchor_states[models[trajectory]!.indexOf(at)]!;
      const found = stepAdvantages({ tree, rewards_G }, advantage, stateOf);
      trajectories.forEach((i, at) => {
        const ordered = found[at] && models[at]!.map((segmentAt) => found[at]!.get(segmentAt)!);
        if (wanted![i] === null) expect(ordered).toBeNull();
        else expectClose(ordered!, wanted![i]!, 1e-6);
      });
    }
  },
);
