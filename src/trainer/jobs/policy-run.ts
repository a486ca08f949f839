/** The state of a policy run and the parts of its step. The order of the parts is in `train-policy.ts`. */
import { AdamW } from '../../engine/index.js';
import type { TrainJob } from '../../protocol/messages.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { GroupOutcome } from '../algorithms/group-advantages.js';
import { algorithmOf, hasReference } from '../algorithms/index.js';
import { Budget, BudgetReached } from '../budget.js';
import { adapterBase, restoreCheckpoint, writeCheckpoint, type Progress } from '../model/checkpoint.js';
import { checkpointCard } from '../model/checkpoint-card.js';
import { refuseBeyondContext } from '../model/context.js';
import { ExampleFile, ExampleOrder } from '../examples/example-file.js';
import { RolloutDraws } from '../draws.js';
import { longestPrompt } from '../examples/examine-examples.js';
import { TrainerFailure } from '../failure.js';
import { doubtsAboutSampling, sampleWithSpread, type Selection } from './dynamic-sampling.js';
import { HeldOut, type HeldOutResult } from './held-out.js';
import type { Link } from '../link.js';
import type { LoadedModel } from '../model/loaded-model.js';
import { doubtsAbout } from '../model/model-doubts.js';
import { loadReference } from '../model/reference-model.js';
import { planMemory, refuseWhatDoesNotFit } from '../memory/memory-plan.js';
import { peakMemoryBytes } from '../memory/peak-memory.js';
import { RolloutRunner } from '../rollout/rollout-runner.js';
import { SlotBaselines } from '../rollout/slot-baselines.js';
import { treeMessage, type AdvantagedTree } from './records.js';
import type { PromptTask } from '../trees/prompt-task.js';
import { trainingSettings, type RolloutSettings } from '../rollout/settings.js';
import type { ScoredTree } from '../rollout/scoring.js';
import { groupMetrics, rewardMetrics, rolloutMetrics, toolMetrics, updateMetrics } from './step-metrics.js';
import { Stopwatch } from '../stopwatch.js';
import { loadTrainedModel } from '../model/trained-model.js';
import { updatePolicy, type Learner, type UpdateOutcome } from '../update/policy-update.js';
import { referenceKl } from '../update/reference-kl.js';
import { noUsage, rolloutUsage } from './usage.js';

export type PolicyJob = TrainJob & { spec: PolicyRunSpec };

/** Above this share of trajectories that no tool or judge could serve, a step is not learnt from and the run ends. */
const MAX_INFRA_ERRORS = 0.2;

/** After as many steps in a row from which nothing was learnt the user is told. */
const IDLE_STEPS = 5;

/** A step's trees with their advantages, and what became of the groups. */
export interface Credited {
  trees: AdvantagedTree[];
  outcomes: GroupOutcome[];
  /** Mean of log π - log π_ref over the tokens that the policy wrote; null where nobody asked the reference. */
  kl: number | null;
  /** Trees that were sampled and are not learnt from: others have taken their place. */
  replaced: AdvantagedTree[];
}

interface Parts {
  job: PolicyJob;
  link: Link;
  model: LoadedModel;
  learner: Learner;
  examples: ExampleFile;
  runner: RolloutRunner;
  heldOut: HeldOut | null;
  progress: Progress;
}

export class PolicyRun {
  readonly steps: number;
  readonly settings: RolloutSettings;
  private readonly budget: Budget;
  private readonly order: ExampleOrder;
  private readonly baselines: SlotBaselines | undefined;
  private readonly firstStep: number;
  private readonly attempt = new Stopwatch();
  private watch = new Stopwatch();
  private latestMetrics: Record<string, number> = {};
  private evaluationCut: BudgetReached | null = null;
  /** Of the step that is under way. */
  private spent = noUsage();
  private sampled: ScoredTree[] = [];
  private unstored: AdvantagedTree[] = [];
  /** Steps without an update up to now, in a row. */
  private idleSteps = 0;
  /** The last step of which the worker knows. */
  private recorded: number;

  private constructor(private readonly parts: Parts) {
    const { job, examples, progress } = parts;
    const { spec } = job;
    this.steps = spec.training.steps;
    this.settings = trainingSettings(spec.rollout, parts.learner.algorithm.branching(spec));
    this.baselines = progress.baselines && new SlotBaselines(progress.baselines);
    this.firstStep = progress.step;
    this.recorded = progress.step;
    this.budget = new Budget(spec.budget, job.usage);
    this.order = new ExampleOrder(examples.count, spec.seed, spec.training.shuffle);
  }

  /** Loads everything and renders every prompt, and refuses what does not fit into memory and prompts that are too long before anything is sampled. */
  static async prepare(job: PolicyJob, link: Link): Promise<PolicyRun> {
    const { spec } = job;
    link.phase('preparing', job.resume?.step ?? 0, spec.training.steps);
    await refuseBeyondContext(job);
    refuseWhatDoesNotFit(await planMemory(job, 0), spec);
    const model = await loadTrainedModel(job);
    const { policy } = model;
    const examples = await ExampleFile.open(job.examples);
    const { max_prompt_tokens: maxPromptTokens, max_response_tokens: maxResponseTokens } = spec.rollout;
    const onProgress = (fraction: number) =>
      link.phase('preparing', job.resume?.step ?? 0, spec.training.steps, fraction);
    const watcher = { link, onProgress, quiet: job.resume !== null };
    const longest = await longestPrompt(examples, model, { maxPromptTokens, maxResponseTokens }, watcher);
    if (!watcher.quiet) {
      const doubts = [...doubtsAbout(model.renderer), ...doubtsAboutSampling(spec, examples.count)];
      for (const doubt of doubts) await link.log('warn', doubt);
    }
    const memory = await planMemory(job, longest);
    refuseWhatDoesNotFit(memory, spec);
    const optimizer = new AdamW(policy.trained, { ...spec.optimizer, weightDecay: spec.optimizer.weight_decay });
    const progress = job.resume
      ? await restoreCheckpoint(job.resume.directory, optimizer)
      : { step: 0, cursor: 0, passes: memory.passes, baselines: comparesSlots(spec) ? [] : undefined };
    const algorithm = algorithmOf(spec);
    const objective = algorithm.objective(spec);
    const reference = hasReference(spec) ? await loadReference(job, policy) : null;
    for (const limited of [policy, reference]) limited?.limitPasses(progress.passes.bytes);
    const runner = new RolloutRunner(model, job.tools, link);
    const heldOut = await HeldOut.open(job, model, runner, { link, onProgress });
    const learner = { policy, algorithm, objective, reference, optimizer, spec, batchTokens: progress.passes.tokens };
    return new PolicyRun({ job, link, model, learner, examples, runner, heldOut, progress });
  }

  /** Steps finished. */
  get step(): number {
    return this.parts.progress.step;
  }

  /** `time/…_s` of the parts of the step so far. */
  get seconds(): Record<string, number> {
    return this.watch.metrics();
  }

  /** What the run works with. */
  get working(): Pick<Parts, 'model' | 'learner' | 'heldOut' | 'examples'> {
    return this.parts;
  }

  /** The budget that keeps the run from its next step, or has cut its last evaluation short. */
  get budgetReached(): BudgetReached | null {
    return this.evaluationCut ?? (this.step < this.steps ? this.budget.reached : null);
  }

  /**
   * Samples the trees of the next step, or of as many of its prompts as are asked for. Each is scored while others are still written. Throws BudgetReached, or
   * why the run is cancelled; `abandonStep` keeps the trees that there are then.
   */
  async rollout(promptCount = this.parts.job.spec.training.prompts_per_step): Promise<Selection> {
    this.watch = new Stopwatch();
    this.sampled = [];
    if (this.parts.job.spec.advantage.zero_variance === 'replace') {
      return sampleWithSpread(promptCount, (prompts) => this.sample(prompts));
    }
    return { kept: await this.sample(promptCount), replaced: [] };
  }

  /** Trees of the next prompts of the step that is under way. */
  private async sample(promptCount: number): Promise<ScoredTree[]> {
    const { job, link, runner } = this.parts;
    const { spec } = job;
    const step = this.step + 1;
    const questions = {
      prompts: await this.nextPrompts(promptCount),
      settings: this.settings,
      draws: new RolloutDraws(spec.seed, step),
      baselines: this.baselines,
      dataset: 'train' as const,
      maskTruncated: spec.rollout.mask_truncated,
      step,
      callPrefix: `${step}/`,
      meter: this.budget,
      onProgress: (fraction: number) => link.phase('rollout', step, this.steps, fraction),
    };
    const { scored, stopped } = await runner.ask(questions, { watch: this.watch });
    this.sampled.push(...scored);
    Object.assign(this.spent, rolloutUsage(this.sampled.map(({ tree }) => tree)));
    if (stopped === null) return scored;
    this.unstored = this.sampled.map(withoutAdvantages);
    throw stopped;
  }

  /** Rewards to advantages, group by group. Stores the trees first: who reads why a step was refused sees which calls failed. */
  async credit({ kept, replaced: others }: Selection): Promise<Credited> {
    const { algorithm, spec } = this.parts.learner;
    const kl = await this.rewardKl(kept);
    const rewarded = kept.map(({ tree, scores_G }, i) => ({
      tree,
      rewards_G: scores_G.map(({ reward }) => reward),
      ...(kl && { kl: kl[i]! }),
    }));
    const groups = algorithm.advantages(rewarded, spec);
    const trees = kept.map((tree, i) => ({
      ...tree,
      advantages_G: groups[i]!.advantages_G,
      added_G: groups[i]!.added_G,
    }));
    const replaced = others.map(withoutAdvantages);
    for (const tree of [...trees, ...replaced]) {
      const { message, arrays } = treeMessage(this.step + 1, tree);
      await this.watch.time('store', () => this.parts.link.store(message, arrays));
    }
    await this.refuseTooManyInfraErrors(kept);
    return { trees, outcomes: groups.map(({ outcome }) => outcome), replaced, kl: kl && meanOf(kl) };
  }

  /** Null where the reward has no penalty for leaving the reference. */
  private async rewardKl(trees: readonly ScoredTree[]): Promise<Map<number, Float32Array>[] | null> {
    const { spec, reference, batchTokens } = this.parts.learner;
    if (spec.advantage.kl_coefficient === 0 || reference === null) return null;
    const { temperature } = spec.rollout;
    const asked = trees.map(({ tree }) => tree);
    return this.watch.time('update', () => referenceKl(reference, asked, { temperature, batchTokens }));
  }

  /** Learns from the trees. From here on the step counts as done. */
  async update({ trees }: Credited): Promise<UpdateOutcome> {
    const { link, learner, progress } = this.parts;
    const step = this.step + 1;
    const onProgress = (fraction: number) => {
      link.signal.throwIfAborted();
      link.phase('update', step, this.steps, fraction);
    };
    const outcome = await this.watch.time('update', () => updatePolicy(learner, trees, step, onProgress));
    Object.assign(this.spent, { trained_tokens: outcome.trainedCopied, unique_tokens: outcome.trainedUnique });
    progress.step = step;
    progress.cursor += this.sampled.length;
    return outcome;
  }

  /** Says what the step did, and keeps its weights where a checkpoint is due. */
  async conclude({ trees, outcomes, replaced, kl }: Credited, update: UpdateOutcome): Promise<void> {
    const { spec, tools } = this.parts.job;
    const { step, steps } = this;
    const heldOut = await this.evaluate();
    const sampled = [...trees, ...replaced];
    const metrics = {
      ...rewardMetrics(sampled),
      ...(kl !== null && { 'reward/kl_mean': kl }),
      ...groupMetrics(outcomes, replaced.length),
      ...rolloutMetrics(sampled),
      ...toolMetrics(
        sampled,
        tools.map(({ name }) => name),
      ),
      ...updateMetrics(update),
      ...heldOut.metrics,
      ...this.seconds,
      'memory/peak_bytes': peakMemoryBytes(),
    };
    const usage = this.spent;
    this.spent = noUsage();
    await this.parts.link.store(
      {
        type: 'step',
        step,
        steps,
        metrics,
        usage,
        updates: update.records,
        estimated_seconds_left: (this.attempt.total / (step - this.firstStep)) * (steps - step),
      },
      update.arrays,
    );
    this.recorded = step;
    await this.warnOfIdleSteps(outcomes, update);
    this.latestMetrics = metrics;
    if (step < steps && step % spec.checkpoint.every_steps === 0) await this.checkpoint(false);
  }

  /** Once, when it is so for the first time since something was learnt: a run that learns nothing should not end as if it had. */
  private async warnOfIdleSteps(outcomes: readonly GroupOutcome[], { records }: UpdateOutcome): Promise<void> {
    this.idleSteps = records.length === 0 ? this.idleSteps + 1 : 0;
    if (this.idleSteps !== Math.min(IDLE_STEPS, this.steps)) return;
    const count = (outcome: GroupOutcome) => outcomes.filter((one) => one === outcome).length;
    const message =
      `Nothing was learnt in the last ${this.idleSteps} steps. Of the ${outcomes.length} groups of the last one ${count('zero_variance')} had equal rewards ` +
      `throughout, and ${count('skipped')} fewer than two trajectories that count: see reward/mean for whether the questions are too hard or too easy`;
    await this.parts.link.log('warn', message);
  }

  /** Counts what was spent on a step that will not be finished, and stores its trees. Nothing was learnt from them that is kept. */
  async abandonStep(): Promise<void> {
    const { spent, unstored } = this;
    if (spent.prompt_tokens === 0) return;
    const step = this.recorded + 1;
    await this.parts.link.store({ type: 'unfinished_step', step, usage: spent });
    for (const tree of unstored) {
      const { message, arrays } = treeMessage(step, tree);
      await this.parts.link.store(message, arrays);
    }
    this.spent = noUsage();
  }

  /** The last checkpoint, and which budget ended the run or its last evaluation if one did. */
  async finish(reached = this.budgetReached): Promise<void> {
    if (reached) {
      const { budget, used, limit } = reached;
      await this.parts.link.store({ type: 'budget_reached', budget, used, limit });
    }
    await this.checkpoint(true);
  }

  async close(): Promise<void> {
    const { learner, examples } = this.parts;
    await learner.policy.close();
    await learner.reference?.close();
    await examples.close();
  }

  private async nextPrompts(count: number): Promise<PromptTask[]> {
    const { model, examples, progress } = this.parts;
    const prompts: PromptTask[] = [];
    const first = this.sampled.length;
    for (let place = first; place < first + count; place++) {
      const example = await examples.read(this.order.lineAt(progress.cursor + place));
      prompts.push({ place, example: example.index, prompt: model.renderer.prompt(example.messages) });
    }
    return prompts;
  }

  /** The held-out questions where they are due. A step whose evaluation a budget cuts short is whole all the same, and the last. */
  private async evaluate(): Promise<HeldOutResult> {
    const { job, link, heldOut } = this.parts;
    const { step, steps } = this;
    const nothing = { metrics: {}, trees: [], stopped: null };
    const every = job.spec.evaluation?.every_steps;
    if (!heldOut || every === undefined || (step % every !== 0 && step !== steps)) return nothing;
    const onProgress = (fraction: number) => link.phase('evaluate', step, steps, fraction);
    const result = await heldOut.evaluate(step, this.budget.timeOnly, onProgress);
    this.spent.evaluation = rolloutUsage(result.trees);
    if (result.stopped instanceof BudgetReached) this.evaluationCut = result.stopped;
    else if (result.stopped !== null) throw result.stopped;
    return result;
  }

  async checkpoint(final: boolean): Promise<void> {
    const { job, link, learner, progress } = this.parts;
    const { step } = this;
    link.phase('checkpoint', step, this.steps);
    const { policy, optimizer } = learner;
    const card = checkpointCard(job, { step, steps: this.steps, metrics: this.latestMetrics });
    const origin = { modelDirectory: job.model_directory, baseModel: adapterBase(job), card };
    const directory = await writeCheckpoint(job.output_directory, progress, policy, optimizer, origin);
    await link.store({ type: 'checkpoint', step, kind: 'training', directory, final, metrics: this.latestMetrics });
    await link.settled();
  }

  private async refuseTooManyInfraErrors(scored: readonly ScoredTree[]): Promise<void> {
    const scores = scored.flatMap(({ scores_G }) => scores_G);
    const failed = scores.filter(({ status }) => status === 'infra_error');
    const share = failed.length / scores.length;
    if (share <= MAX_INFRA_ERRORS) return;
    await this.checkpoint(false);
    const percent = (x: number) => `${Math.round(100 * x)}%`;
    const what = `${percent(share)} of the trajectories of step ${this.step + 1} could not be scored`;
    const reason = `(limit ${percent(MAX_INFRA_ERRORS)}); the last reason: ${failed.at(-1)?.problem ?? 'unknown'}`;
    throw new TrainerFailure('too_many_infra_errors', `${what} ${reason}`);
  }
}

const withoutAdvantages = (tree: ScoredTree): AdvantagedTree => ({
  ...tree,
  advantages_G: tree.scores_G.map(() => null),
});

function meanOf(kl: readonly ReadonlyMap<number, Float32Array>[]): number {
  const all = kl.flatMap((segments) => [...segments.values()]);
  const sum = all.reduce((total, kl_T) => total + kl_T.reduce((a, b) => a + b, 0), 0);
  return sum / all.reduce((count, { length }) => count + length, 0);
}

function comparesSlots(spec: PolicyRunSpec): boolean {
  return algorithmOf(spec).branching(spec)?.baseline === 'first_recorded_in_slot';
}
