/**
 * What a run works with from its first step to its last, whatever it is trained by: model, optimiser, progress, budget, and where it is written down. Not what
 * a step does, and not when there is another: that is `train.ts`.
 */
import { optimizerOf, type Optimizer, type Policy } from '../../engine/index.js';
import type { FrameArrays } from '../../protocol/frames.js';
import type { TrainJob, UpdateRecord, UsageDelta } from '../../protocol/messages.js';
import { evaluationOf, type ResolvedRunSpec } from '../../spec/run-spec.js';
import { hasReference } from '../algorithms/index.js';
import { Budget, type BudgetReached } from '../budget.js';
import { closeOnError } from '../close-on-error.js';
import type { Link } from '../link.js';
import { planMemory, refuseWhatDoesNotFit, type MemoryPlan } from '../memory/memory-plan.js';
import { peakMemoryBytes } from '../memory/peak-memory.js';
import { adapterBase, restoreCheckpoint, writeCheckpoint, type BestSoFar, type Progress } from '../model/checkpoint.js';
import { checkpointCard } from '../model/checkpoint-card.js';
import { refuseBeyondContext } from '../model/context.js';
import { loadPromptReader, type LoadedModel, type PromptReader } from '../model/loaded-model.js';
import { loadReference } from '../model/reference-model.js';
import { loadTrainedPolicy } from '../model/trained-model.js';
import { Stopwatch } from '../stopwatch.js';

export type JobOf<Spec extends ResolvedRunSpec> = TrainJob & { spec: Spec };

/** What is known once the dataset was read. */
export interface RunExtent {
  steps: number;
  /** Tokens; 0 where the dataset's prompts are part of its sequences. */
  longestPrompt: number;
  /** What the progress of a run that begins has beside the step. */
  beginning?: Pick<Progress, 'baselines' | 'pools'>;
}

/** What a step has done. */
export interface StepReport {
  metrics: Record<string, number>;
  usage: UsageDelta;
  updates: UpdateRecord[];
  /** Of the updates. */
  arrays: FrameArrays;
  /** To be said once the step is stored. */
  warnings: string[];
  /** The budget that has cut short what follows an update. The step is whole all the same, and the last. */
  cut: BudgetReached | null;
}

type RunParts = Pick<TrainingRun, 'model' | 'memory' | 'reference' | 'optimizer' | 'progress' | 'steps'>;

export class TrainingRun<Spec extends ResolvedRunSpec = ResolvedRunSpec> {
  readonly budget: Budget;
  private readonly attempt = new Stopwatch();
  private readonly firstStep: number;
  /** The step of the newest checkpoint. */
  private kept: number;
  /** Of the last step. */
  private metrics: Record<string, number> = {};

  readonly model: LoadedModel;
  readonly memory: MemoryPlan;
  /** Frozen; null where the method asks none. */
  readonly reference: Policy | null;
  readonly optimizer: Optimizer;
  /** Moves on with each step. */
  readonly progress: Progress;
  readonly steps: number;

  private constructor(
    readonly job: JobOf<Spec>,
    readonly link: Link,
    { model, memory, reference, optimizer, progress, steps }: RunParts,
  ) {
    this.model = model;
    this.memory = memory;
    this.reference = reference;
    this.optimizer = optimizer;
    this.progress = progress;
    this.steps = steps;
    this.budget = new Budget(job.spec.budget, job.usage);
    this.firstStep = progress.step;
    this.kept = progress.step;
  }

  /** The first part of preparing: what the dataset is read with. Refuses what cannot be trained whatever the dataset holds. */
  static async load(job: TrainJob, link: Link): Promise<PromptReader> {
    const { spec, tools, resume, model_directory: directory } = job;
    link.phase('preparing', resume?.step ?? 0, spec.training.steps ?? 0);
    const reader = await loadPromptReader(directory, { prompt: spec.prompt, tools });
    refuseBeyondContext(job, reader.config);
    return reader;
  }

  /**
   * The second part, once the dataset was read: loads the weights, and begins the run or goes on with it. How much memory that takes depends on the longest
   * prompt, so that it is asked here, once, and refused before there is a weight of it.
   */
  static async open<Spec extends ResolvedRunSpec>(
    job: JobOf<Spec>,
    link: Link,
    reader: PromptReader,
    { steps, longestPrompt, beginning }: RunExtent,
  ): Promise<TrainingRun<Spec>> {
    const { spec, resume } = job;
    const memory = await planMemory(job, longestPrompt);
    refuseWhatDoesNotFit(memory, spec);
    const policy = await loadTrainedPolicy(job);
    return closeOnError(policy, async () => {
      const optimizer = optimizerOf(policy, { ...spec.optimizer, weightDecay: spec.optimizer.weight_decay });
      const progress = resume
        ? await restoreCheckpoint(resume.directory, optimizer)
        : { step: 0, cursor: 0, passes: memory.passes, best: null, ...beginning };
      const reference = hasReference(spec) ? await loadReference(job, policy) : null;
      for (const limited of [policy, reference]) limited?.limitPasses(progress.passes.bytes);
      const model = { ...reader, policy };
      return new TrainingRun(job, link, { model, memory, reference, optimizer, progress, steps });
    });
  }

  get spec(): Spec {
    return this.job.spec;
  }

  /** Steps finished. */
  get step(): number {
    return this.progress.step;
  }

  /** Whether the run can go on from here as it is. */
  get isKept(): boolean {
    return this.step === this.kept;
  }

  get isCheckpointDue(): boolean {
    if (this.isKept) return false;
    return this.step % this.spec.checkpoint.every_steps === 0 || this.progress.best?.step === this.step;
  }

  /** The best evaluation, once too many have come since the last improvement; null: the run goes on. */
  get exhausted(): BestSoFar | null {
    const { best } = this.progress;
    const patience = evaluationOf(this.spec)?.best?.patience ?? null;
    return best !== null && patience !== null && best.waited >= patience ? best : null;
  }

  /** Has the worker store the step that was finished last. */
  async record({ metrics, usage, updates, arrays, warnings }: StepReport): Promise<void> {
    const { step, steps, link } = this;
    this.metrics = { ...metrics, 'memory/peak_bytes': peakMemoryBytes() };
    const secondsPerStep = this.attempt.total / (step - this.firstStep);
    await link.store(
      {
        type: 'step',
        step,
        steps,
        metrics: this.metrics,
        usage,
        updates,
        estimated_seconds_left: secondsPerStep * (steps - step),
      },
      arrays,
    );
    for (const warning of warnings) await link.log('warn', warning);
  }

  /** @param final the run ends with it */
  async checkpoint(final: boolean): Promise<void> {
    const { job, link, model, optimizer, progress, metrics, step, steps } = this;
    link.phase('checkpoint', step, steps);
    const card = checkpointCard(job, { step, steps, metrics });
    const origin = { modelDirectory: job.model_directory, baseModel: adapterBase(job), card };
    const directory = await writeCheckpoint(job.output_directory, progress, model.policy, optimizer, origin);
    const best_step = progress.best?.step ?? null;
    await link.store({ type: 'checkpoint', step, kind: 'training', directory, final, metrics, best_step });
    await link.settled();
    this.kept = step;
  }

  async close(): Promise<void> {
    await this.model.policy.close();
    await this.reference?.close();
  }
}
