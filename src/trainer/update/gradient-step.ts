/** One optimiser step over micro-batches whose gradients are added up. The same for demonstrations and for policies. */
import type { Gradients, Loss, Optimizer, Policy, TargetStatistics, TreeBatch } from '../../engine/index.js';
import type { UpdateRecord } from '../../protocol/messages.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { TrainerFailure } from '../failure.js';

export interface MicroBatch {
  batch: TreeBatch;
  /** Weights are over the denominator of the whole step, so that losses and gradients of its parts add up. */
  loss: Loss;
}

export interface StepSettings {
  learningRate: number;
  maxGradNorm: number | null;
  /** Of the part with this number: names what an adapter's dropout leaves out. */
  dropoutSeed: (part: number) => number;
}

export interface StepResult {
  /** How the step was cut, for its record. */
  passes: UpdateRecord['passes'];
  loss: number;
  /** Before clipping. */
  gradNorm: number;
  /** Of the objective's metrics, over all micro-batches. */
  sums: Record<string, number>;
  /** Of each micro-batch, under the weights before the step. */
  statistics: TargetStatistics[];
}

/** Throws TrainerFailure, with the weights untouched, when loss or gradient is not finite. */
export async function gradientStep(
  policy: Policy,
  optimizer: Optimizer,
  parts: readonly MicroBatch[],
  settings: StepSettings,
): Promise<StepResult> {
  let loss = 0;
  const sums: Record<string, number> = {};
  let total: Gradients | null = null;
  const statistics: TargetStatistics[] = [];
  const passes: UpdateRecord['passes'] = [];
  for (const [number, part] of parts.entries()) {
    const {
      loss: share,
      sums: shares,
      gradients,
      logprobs,
      entropies,
    } = await policy.gradientInPlace(part.batch, part.loss, settings.dropoutSeed(number));
    const drops = (policy.adapter?.config.dropout ?? 0) > 0;
    passes.push({ tokens: part.batch.tokens, dropout_seed: drops ? settings.dropoutSeed(number) : null });
    loss += share;
    for (const [name, sum] of Object.entries(shares)) sums[name] = (sums[name] ?? 0) + sum;
    statistics.push({ logprobs, entropies });
    total = total === null ? gradients : await optimizer.add(total, gradients);
    await yieldToEventLoop();
  }
  if (total === null) throw new RangeError('a gradient step needs at least one micro-batch');
  if (!Number.isFinite(loss)) throw diverged(`loss ${loss}`);
  const gradNorm = await optimizer.step(total, settings);
  if (!Number.isFinite(gradNorm)) throw diverged(`loss ${loss}, gradient norm ${gradNorm}`);
  await yieldToEventLoop();
  return { loss, gradNorm, sums, statistics, passes };
}

function diverged(what: string): TrainerFailure {
  return new TrainerFailure('policy_diverged', `Training diverged (${what}): lower optimizer.learning_rate`);
}
