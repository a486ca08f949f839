/** A supervised run: examples in order or shuffled, one optimiser step per batch of them. Samples nothing. */
import { AdamW, learningRate, packTrees, type Policy } from '../../engine/index.js';
import type { TrainJob, UpdateRecord } from '../../protocol/messages.js';
import type { SupervisedRunSpec } from '../../spec/run-spec.js';
import { hasReference, supervisedAlgorithmOf } from '../algorithms/index.js';
import type { SupervisedAlgorithm, SupervisedPart } from '../algorithms/supervised.js';
import { Budget } from '../budget.js';
import { adapterBase, restoreCheckpoint, writeCheckpoint, type Progress } from '../model/checkpoint.js';
import { checkpointCard } from '../model/checkpoint-card.js';
import { refuseBeyondContext } from '../model/context.js';
import { loadReference } from '../model/reference-model.js';
import { Demonstrations, type DemonstrationBatch } from '../examples/demonstrations.js';
import type { Sequence } from '../examples/sequences.js';
import { dropoutSeed } from '../draws.js';
import type { Link } from '../link.js';
import { planMemory, refuseWhatDoesNotFit } from '../memory/memory-plan.js';
import { peakMemoryBytes } from '../memory/peak-memory.js';
import type { Renderer } from '../model/render.js';
import { Stopwatch } from '../stopwatch.js';
import { loadTrainedModel } from '../model/trained-model.js';
import { chunksByWeight } from '../update/batches.js';
import { gradientStep, type MicroBatch } from '../update/gradient-step.js';
import { noUsage } from './usage.js';

export type SupervisedJob = TrainJob & { spec: SupervisedRunSpec };

/** What a supervised run works with. */
export interface SupervisedRun {
  readonly job: SupervisedJob;
  readonly link: Link;
  readonly policy: Policy;
  readonly renderer: Renderer;
  readonly algorithm: SupervisedAlgorithm;
  /** null: the method takes none. */
  readonly reference: Policy | null;
  readonly optimizer: AdamW;
  readonly demonstrations: Demonstrations;
  /** Moves on with each step. */
  readonly progress: Progress;
  readonly steps: number;
}

export async function supervise(job: SupervisedJob, link: Link): Promise<void> {
  const run = await prepareSupervised(job, link);
  const { policy, optimizer, demonstrations, progress, steps } = run;
  const { spec } = job;
  const budget = new Budget(spec.budget, job.usage);
  const attempt = new Stopwatch();
  const firstStep = progress.step;
  let metrics: Record<string, number> = {};

  while (progress.step < steps && !budget.reached) {
    const watch = new Stopwatch();
    link.signal.throwIfAborted();
    link.phase('update', progress.step + 1, steps);
    const batch = await demonstrations.batchAt(progress.cursor);
    const rate = learningRate(spec.optimizer, progress.step, steps);
    const settings = {
      learningRate: rate,
      maxGradNorm: spec.optimizer.max_grad_norm,
      dropoutSeed: (part: number) => dropoutSeed(spec.seed, progress.step, part),
    };
    const { parts, metrics: own } = await partsOf(run, batch);
    const { loss, gradNorm, passes } = await gradientStep(policy, optimizer, parts, settings);
    progress.step += 1;
    progress.cursor = batch.end;
    metrics = {
      'policy/loss': loss,
      ...own,
      'optimizer/grad_norm': gradNorm,
      'optimizer/learning_rate': rate,
      'tokens/trained_copied': batch.tokens,
      'tokens/trained_unique': batch.tokens,
      'time/update_s': watch.total,
      'memory/peak_bytes': peakMemoryBytes(),
    };
    const update: UpdateRecord = {
      update: progress.step,
      epoch: batch.epoch,
      learning_rate: rate,
      loss_denominator: batch.targets,
      loss,
      grad_norm: gradNorm,
      trees: [],
      segments: [],
      passes,
      examples: batch.examples,
    };
    await link.store(
      {
        type: 'step',
        step: progress.step,
        steps,
        metrics,
        usage: { ...noUsage(), trained_tokens: batch.tokens, unique_tokens: batch.tokens },
        updates: [update],
        estimated_seconds_left: (attempt.total / (progress.step - firstStep)) * (steps - progress.step),
      },
      // Nothing was sampled.
      { [`${update.update}/advantages`]: new Float32Array(), [`${update.update}/old_logprobs`]: new Float32Array() },
    );
    const due = progress.step % spec.checkpoint.every_steps === 0;
    if (due && progress.step < steps) await storeCheckpoint(run, metrics, false);
  }
  const reached = progress.step < steps ? budget.reached : null;
  if (reached) {
    const { budget: name, used, limit } = reached;
    await link.store({ type: 'budget_reached', budget: name, used, limit });
  }
  await storeCheckpoint(run, metrics, true);
  await closeSupervised(run);
}

/** Refuses what does not fit into memory, loads everything, and counts the steps where epochs were asked for. */
export async function prepareSupervised(job: SupervisedJob, link: Link): Promise<SupervisedRun> {
  const { spec } = job;
  link.phase('preparing', job.resume?.step ?? 0, spec.training.steps ?? 0);
  await refuseBeyondContext(job);
  const memory = await planMemory(job);
  refuseWhatDoesNotFit(memory, spec);
  const { policy, renderer } = await loadTrainedModel(job);
  const optimizer = new AdamW(policy.trained, { ...spec.optimizer, weightDecay: spec.optimizer.weight_decay });
  const progress: Progress = job.resume
    ? await restoreCheckpoint(job.resume.directory, optimizer)
    : { step: 0, cursor: 0, passes: memory.passes };
  const reference = hasReference(spec) ? await loadReference(job, policy) : null;
  for (const limited of [policy, reference]) limited?.limitPasses(progress.passes.bytes);
  const demonstrations = await Demonstrations.open(job.examples, spec, renderer, {
    link,
    resumed: job.resume !== null,
  });
  const steps = spec.training.steps ?? (await demonstrations.countSteps());
  return {
    job,
    link,
    policy,
    renderer,
    algorithm: supervisedAlgorithmOf(spec),
    reference,
    optimizer,
    demonstrations,
    progress,
    steps,
  };
}

export async function storeCheckpoint(
  { job, link, policy, optimizer, progress, steps }: SupervisedRun,
  metrics: Record<string, number>,
  final: boolean,
): Promise<void> {
  link.phase('checkpoint', progress.step, steps);
  const card = checkpointCard(job, { step: progress.step, steps, metrics });
  const origin = { modelDirectory: job.model_directory, baseModel: adapterBase(job), card };
  const directory = await writeCheckpoint(job.output_directory, progress, policy, optimizer, origin);
  await link.store({ type: 'checkpoint', step: progress.step, kind: 'training', directory, final, metrics });
  await link.settled();
}

export async function closeSupervised({ demonstrations, policy, reference }: SupervisedRun): Promise<void> {
  await demonstrations.close();
  await reference?.close();
  await policy.close();
}

/**
 * A batch in parts of as many tokens as a pass takes, or the first `most` of them; the loss is that of the whole batch, whatever parts it is computed in. Where
 * the method asks the models first, that is done here, under the weights as they are.
 */
export async function partsOf(
  run: Pick<SupervisedRun, 'algorithm' | 'policy' | 'reference' | 'job' | 'link' | 'progress'>,
  { sequences, targets }: DemonstrationBatch,
  most = Infinity,
): Promise<{ parts: MicroBatch[]; metrics: Record<string, number>; whole: boolean }> {
  const step = { targets, sequences: sequences.length };
  const chunks = chunksByWeight(sequences, run.progress.passes.tokens, ({ length }) => length);
  const parts: MicroBatch[] = [];
  const metrics: Record<string, number> = {};
  for (const chunk of chunks.slice(0, most)) {
    run.link.signal.throwIfAborted();
    const { batch, learnt } = await learn(run, chunk, step);
    for (const [name, share] of Object.entries(learnt.metrics)) metrics[name] = (metrics[name] ?? 0) + share;
    parts.push({ batch, loss: { objective: run.algorithm.objective, values: learnt.values, temperature: 1 } });
  }
  return { parts, metrics, whole: parts.length === chunks.length };
}

async function learn(
  { algorithm, policy, reference, job }: Pick<SupervisedRun, 'algorithm' | 'policy' | 'reference' | 'job'>,
  sequences: readonly Sequence[],
  step: SupervisedPart['step'],
) {
  const batch = packTrees(sequences.map(({ input }) => input));
  if (!algorithm.hasReference) return { batch, learnt: algorithm.learn({ sequences, step }) };
  if (reference === null) throw new TypeError('a method with a reference takes a reference model');
  const { logprobs } = await policy.evaluate(batch, 1);
  const { logprobs: referenceLogprobs } = await reference.evaluate(batch, 1);
  return { batch, learnt: algorithm.learn({ sequences, step }, { logprobs, referenceLogprobs }, job.spec) };
}
