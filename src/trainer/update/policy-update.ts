/** The optimiser steps on one step's credited trees: mini-batches of prompts, over and over for the epochs. Does not know what method it trains by. */
import {
  learningRate,
  metricsOf,
  packTrees,
  type Loss,
  type Objective,
  type Optimizer,
  type Policy,
} from '../../engine/index.js';
import type { FrameArrays } from '../../protocol/frames.js';
import type { UpdateRecord } from '../../protocol/messages.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { updatesPerStep } from '../../spec/run/updates.js';
import type { Algorithm } from '../algorithms/algorithm.js';
import { hasGradient, participants, type CreditedTree, type TokenValue } from '../algorithms/credit.js';
import { addDrift, driftMetrics, noDrift } from './drift.js';
import { tokenCounts, type Tree } from '../trees/tree.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { dropoutSeed } from '../draws.js';
import { chunks, chunksByWeight } from './batches.js';
import { gradientStep, type MicroBatch } from './gradient-step.js';
import { packCredited, type PackedTrees } from './packed-trees.js';

type Credited = CreditedTree & { tree: Tree };

export interface Learner {
  policy: Policy;
  algorithm: Algorithm;
  objective: Objective<TokenValue>;
  /** Whose log-probabilities the objective takes; null where it takes none. */
  reference: Policy | null;
  optimizer: Optimizer;
  spec: PolicyRunSpec;
  /** Unique tokens per pass at most. */
  batchTokens: number;
}

/** Of one optimiser step. */
export interface UpdateMetrics {
  /** The objective's own, and those that every objective has. */
  policy: Record<string, number>;
  loss: number;
  gradNorm: number;
  learningRate: number;
}

export interface UpdateOutcome {
  records: UpdateRecord[];
  arrays: FrameArrays;
  /** One per optimiser step. */
  metrics: UpdateMetrics[];
  /** Mean |trainer's - sampler's log-probability| before the first optimiser step; null when there was none, and with dropout, which only the trainer has. */
  samplerGap: number | null;
  /** All tokens that went through the policy, prompts and results too: as copies for each trajectory, and each once. */
  trainedCopied: number;
  trainedUnique: number;
}

interface Part extends MicroBatch {
  /** As they were packed. */
  trees: readonly Credited[];
  packed: PackedTrees;
  loss: Loss;
}

interface MiniBatch {
  index: number;
  /** All prompts' trees, also those from which nothing is learnt. */
  group: readonly Credited[];
  trees: number[];
  denominator: number;
  parts: Part[];
  copied: number;
}

/**
 * Learns from the trees of step `step` (from 1). A mini-batch without any gradient, because no trajectory takes part or none has an advantage and
 * the objective needs one, is passed over; its number in the learning-rate schedule is not used by another.
 */
export async function updatePolicy(
  learner: Learner,
  trees: readonly Credited[],
  step: number,
  onProgress: (fraction: number) => void,
): Promise<UpdateOutcome> {
  const { spec, policy, optimizer, objective } = learner;
  const { training } = spec;
  const miniBatches: MiniBatch[] = [];
  const groups = chunks(trees, training.mini_batch_prompts);
  for (const [index, group] of groups.entries()) {
    const learnt = group.filter((tree) => hasGradient(tree, objective));
    if (learnt.length > 0) miniBatches.push(await prepare(learner, group, learnt, index));
  }
  const outcome: UpdateOutcome = {
    records: [],
    arrays: {},
    metrics: [],
    samplerGap: null,
    trainedCopied: 0,
    trainedUnique: 0,
  };
  for (let epoch = 0; epoch < training.epochs; epoch++) {
    for (const miniBatch of miniBatches) {
      onProgress(outcome.records.length / (training.epochs * miniBatches.length));
      const update = (step - 1) * updatesPerStep(training) + epoch * groups.length + miniBatch.index;
      const rate = learningRate(spec.optimizer, update, training.steps * updatesPerStep(training));
      const settings = {
        learningRate: rate,
        maxGradNorm: spec.optimizer.max_grad_norm,
        dropoutSeed: (part: number) => dropoutSeed(spec.seed, update, part),
      };
      if (learner.algorithm.surrogate) await linearise(learner, learner.algorithm.surrogate, miniBatch);
      const stepped = await gradientStep(policy, optimizer, miniBatch.parts, settings);
      const { loss, gradNorm, passes } = stepped;
      const drift = noDrift();
      miniBatch.parts.forEach(({ packed }, i) => addDrift(drift, stepped.statistics[i]!, packed.targets));
      if (!policy.adapter?.config.dropout) outcome.samplerGap ??= drift.gap / drift.tokens;
      const measured = { ...metricsOf(objective, stepped.sums, drift), ...driftMetrics(drift) };
      outcome.metrics.push({ policy: measured, loss, gradNorm, learningRate: rate });
      record(outcome, miniBatch, { update: update + 1, epoch, loss, grad_norm: gradNorm, learning_rate: rate, passes });
    }
  }
  return outcome;
}

/**
 * Packs `trees` in parts that the engine can hold, and asks the reference model about them once. `group`: the whole mini-batch, of which all that
 * takes part counts in the loss's denominator.
 */
async function prepare(
  { spec, algorithm, objective, reference, batchTokens }: Learner,
  group: readonly Credited[],
  trees: readonly Credited[],
  index: number,
): Promise<MiniBatch> {
  const { temperature } = spec.rollout;
  const { denominator, segments } = algorithm.credit(group, spec);
  const credits = new Map(group.map((credited, i) => [credited, segments[i]!]));
  const counts = new Map(trees.map((credited) => [credited, tokenCounts(credited.tree, participants(credited))]));
  const parts: Part[] = [];
  for (const part of chunksByWeight(trees, batchTokens, (tree) => counts.get(tree)!.unique)) {
    const packed = packCredited(part.map((tree) => ({ tree: tree.tree, credit: credits.get(tree)! })));
    const batch = packTrees(packed.inputs);
    const scored = reference && { referenceLogprobs: (await reference.evaluate(batch, temperature)).logprobs };
    parts.push({
      trees: part,
      packed,
      batch,
      loss: { objective, values: { ...packed.targets, ...scored }, temperature },
    });
    await yieldToEventLoop();
  }
  return {
    index,
    group,
    trees: trees.map(({ tree }) => tree.place),
    denominator,
    parts,
    copied: [...counts.values()].reduce((sum, { copied }) => sum + copied, 0),
  };
}

/** Gives the parts the loss's value and slope at each token, under the policy as it is. */
async function linearise(
  { policy, spec }: Learner,
  surrogate: NonNullable<Algorithm['surrogate']>,
  { group, parts }: MiniBatch,
): Promise<void> {
  for (const part of parts) {
    const { trees, packed, batch, loss } = part;
    const { logprobs } = await policy.evaluate(batch, loss.temperature);
    const spans = trees.map(() => new Map<number, [number, number]>());
    const indexOf = new Map(trees.map(({ tree }, t) => [tree.place, t]));
    for (const { tree, segment, start, length } of packed.segments) {
      spans[indexOf.get(tree)!]!.set(segment, [start, start + length]);
    }
    const { oldLogprobs } = packed.targets;
    Object.assign(loss.values, surrogate({ trees, group, spans, logprobs, oldLogprobs }, spec));
    await yieldToEventLoop();
  }
}

/** Adds an optimiser step to the replay record; arrays are aligned with the record's segments. */
function record(
  outcome: UpdateOutcome,
  { trees, denominator, parts, copied }: MiniBatch,
  done: Omit<UpdateRecord, 'loss_denominator' | 'trees' | 'segments'>,
): void {
  const segments: UpdateRecord['segments'] = [];
  let offset = 0;
  for (const { packed } of parts) {
    for (const segment of packed.segments) segments.push({ ...segment, start: offset + segment.start });
    offset += packed.targets.oldLogprobs.length;
  }
  outcome.records.push({ ...done, loss_denominator: denominator, trees, segments });
  const joined = (arrays: readonly Float32Array[]) => {
    const all = new Float32Array(offset);
    let at = 0;
    for (const array of arrays) {
      all.set(array, at);
      at += array.length;
    }
    return all;
  };
  outcome.arrays[`${done.update}/advantages`] = joined(parts.map(({ packed }) => packed.targets.advantages));
  outcome.arrays[`${done.update}/old_logprobs`] = joined(parts.map(({ packed }) => packed.targets.oldLogprobs));
  const references = parts.flatMap(({ loss }) => loss.values['referenceLogprobs'] ?? []);
  if (references.length > 0) outcome.arrays[`${done.update}/reference_logprobs`] = joined(references);
  outcome.trainedCopied += copied;
  outcome.trainedUnique += parts.reduce((sum, { batch }) => sum + batch.tokens, 0);
}
