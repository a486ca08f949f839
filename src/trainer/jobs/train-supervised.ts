/** A supervised run: demonstrations in order or shuffled, packed into rows, one optimiser step per batch of rows. Samples nothing. */
import { AdamW, learningRate, packTrees, type Objective, type Policy } from '../../engine/index.js';
import type { TrainJob, UpdateRecord } from '../../protocol/messages.js';
import type { SupervisedRunSpec } from '../../spec/run-spec.js';
import { supervisedObjective } from '../algorithms/index.js';
import { Budget } from '../budget.js';
import { adapterBase, restoreCheckpoint, writeCheckpoint, type Progress } from '../model/checkpoint.js';
import { checkpointCard } from '../model/checkpoint-card.js';
import { refuseBeyondContext } from '../model/context.js';
import { Demonstrations, type DemonstrationBatch } from '../examples/demonstrations.js';
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
  readonly objective: Objective<'weights'>;
  readonly optimizer: AdamW;
  readonly demonstrations: Demonstrations;
  /** Moves on with each step. */
  readonly progress: Progress;
  readonly steps: number;
}

export async function supervise(job: SupervisedJob, link: Link): Promise<void> {
  const run = await prepareSupervised(job, link);
  const { policy, objective, optimizer, demonstrations, progress, steps } = run;
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
    const parts = microBatches(batch, objective, progress.passes.tokens);
    const { loss, gradNorm, passes } = await gradientStep(policy, optimizer, parts, settings);
    progress.step += 1;
    progress.cursor = batch.end;
    metrics = {
      'policy/loss': loss,
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
  policy.limitPasses(progress.passes.bytes);
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
    objective: supervisedObjective(spec),
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

export async function closeSupervised({ demonstrations, policy }: SupervisedRun): Promise<void> {
  await demonstrations.close();
  await policy.close();
}

/** The loss is the mean over the target tokens of the whole batch, whatever parts it is computed in. */
export function microBatches(
  { sequences, targets }: DemonstrationBatch,
  objective: Objective<'weights'>,
  maxTokens: number,
): MicroBatch[] {
  return chunksByWeight(sequences, maxTokens, ({ length }) => length).map((part) => {
    const batch = packTrees(part.map(({ input }) => input));
    const weights = new Float32Array(batch.targets).fill(1 / targets);
    return { batch, loss: { objective, values: { weights }, temperature: 1 } };
  });
}
