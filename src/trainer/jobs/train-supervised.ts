/** Learning from given examples, in order or shuffled: one optimiser step per batch of them. Samples nothing. When there is a step: `train.ts`. */
import { learningRate, packTrees } from '../../engine/index.js';
import type { UpdateRecord } from '../../protocol/messages.js';
import type { SupervisedRunSpec } from '../../spec/run-spec.js';
import { supervisedAlgorithmOf } from '../algorithms/index.js';
import type { SupervisedAlgorithm, SupervisedPart } from '../algorithms/supervised.js';
import { closeOnError } from '../close-on-error.js';
import { Demonstrations, type DemonstrationBatch } from '../examples/demonstrations.js';
import type { Sequence } from '../examples/sequences.js';
import { dropoutSeed } from '../draws.js';
import type { Link } from '../link.js';
import { Stopwatch } from '../stopwatch.js';
import { chunksByWeight } from '../update/batches.js';
import { gradientStep, type MicroBatch, type StepResult } from '../update/gradient-step.js';
import type { Training } from './train.js';
import { TrainingRun, type JobOf, type StepReport } from './training-run.js';
import { noUsage } from './usage.js';

export type SupervisedJob = JobOf<SupervisedRunSpec>;

/** One optimiser step, or the first parts of one. */
interface Learnt extends StepResult {
  /** The method's own. */
  metrics: Record<string, number>;
  tokens: number;
  /** All parts were learnt. */
  whole: boolean;
}

export class SupervisedTraining implements Training {
  private readonly algorithm: SupervisedAlgorithm;

  private constructor(
    readonly run: TrainingRun<SupervisedRunSpec>,
    readonly demonstrations: Demonstrations,
  ) {
    this.algorithm = supervisedAlgorithmOf(run.spec);
  }

  /** Refuses what does not fit into memory, loads everything, and counts the steps where epochs were asked for. */
  static async prepare(job: SupervisedJob, link: Link): Promise<SupervisedTraining> {
    const { spec, resume } = job;
    const reader = await TrainingRun.load(job, link);
    const demonstrations = await Demonstrations.open(job.examples, spec, reader.renderer, {
      link,
      resumed: resume !== null,
    });
    return closeOnError(demonstrations, async () => {
      const steps = spec.training.steps ?? (await demonstrations.countSteps());
      const run = await TrainingRun.open(job, link, reader, { steps, longestPrompt: 0 });
      return new SupervisedTraining(run, demonstrations);
    });
  }

  async step(): Promise<StepReport> {
    const { link, progress, steps } = this.run;
    const watch = new Stopwatch();
    link.phase('update', progress.step + 1, steps);
    const batch = await this.demonstrations.batchAt(progress.cursor);
    const rate = this.learningRate;
    const { loss, gradNorm, passes, metrics } = await this.learn(batch);
    progress.step += 1;
    progress.cursor = batch.end;
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
    return {
      metrics: {
        'policy/loss': loss,
        ...metrics,
        'optimizer/grad_norm': gradNorm,
        'optimizer/learning_rate': rate,
        'tokens/trained_copied': batch.tokens,
        'tokens/trained_unique': batch.tokens,
        'time/update_s': watch.total,
      },
      usage: { ...noUsage(), trained_tokens: batch.tokens, unique_tokens: batch.tokens },
      updates: [update],
      // Nothing was sampled.
      arrays: {
        [`${update.update}/advantages`]: new Float32Array(),
        [`${update.update}/old_logprobs`]: new Float32Array(),
      },
      warnings: [],
      cut: null,
    };
  }

  async close(): Promise<void> {
    await this.demonstrations.close();
    await this.run.close();
  }

  private get learningRate(): number {
    return learningRate(this.run.spec.optimizer, this.run.step, this.run.steps);
  }

  /** The optimiser step on a batch, or on the first `most` of the parts that it is computed in. Does not move the run on. */
  async learn(batch: DemonstrationBatch, most = Infinity): Promise<Learnt> {
    const { spec, step, model, optimizer } = this.run;
    const { parts, metrics, whole } = await this.partsOf(batch, most);
    const stepped = await gradientStep(model.policy, optimizer, parts, {
      learningRate: this.learningRate,
      maxGradNorm: spec.optimizer.max_grad_norm,
      dropoutSeed: (part) => dropoutSeed(spec.seed, step, part),
    });
    const tokens = parts.reduce((sum, part) => sum + part.batch.tokens, 0);
    return { ...stepped, metrics, tokens, whole };
  }

  /**
   * A batch in parts of as many tokens as a pass takes; the loss is that of the whole batch, whatever parts it is computed in. Where the method asks the models
   * first, that is done here, under the weights as they are.
   */
  private async partsOf({ sequences, targets }: DemonstrationBatch, most: number) {
    const { link, progress } = this.run;
    const step = { targets, sequences: sequences.length };
    const chunks = chunksByWeight(sequences, progress.passes.tokens, ({ length }) => length);
    const parts: MicroBatch[] = [];
    const metrics: Record<string, number> = {};
    for (const chunk of chunks.slice(0, most)) {
      link.signal.throwIfAborted();
      const { batch, learnt } = await this.pack(chunk, step);
      for (const [name, share] of Object.entries(learnt.metrics)) metrics[name] = (metrics[name] ?? 0) + share;
      parts.push({ batch, loss: { objective: this.algorithm.objective, values: learnt.values, temperature: 1 } });
    }
    return { parts, metrics, whole: parts.length === chunks.length };
  }

  private async pack(sequences: readonly Sequence[], step: SupervisedPart['step']) {
    const { algorithm } = this;
    const { spec, model, reference } = this.run;
    const batch = packTrees(sequences.map(({ input }) => input));
    if (!algorithm.hasReference) return { batch, learnt: algorithm.learn({ sequences, step }) };
    if (reference === null) throw new TypeError('a method with a reference takes a reference model');
    const { logprobs } = await model.policy.evaluate(batch, 1);
    const { logprobs: referenceLogprobs } = await reference.evaluate(batch, 1);
    return { batch, learnt: algorithm.learn({ sequences, step }, { logprobs, referenceLogprobs }, spec) };
  }
}
