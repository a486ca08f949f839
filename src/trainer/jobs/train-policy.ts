/** Learning from rewards: rollouts of a step's prompts, their advantages, an update, and the held-out questions. When there is a step: `train.ts`. */
import type { TrainingExample } from '../../protocol/messages.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { GroupOutcome } from '../algorithms/group-advantages.js';
import { algorithmOf } from '../algorithms/index.js';
import { BudgetReached } from '../budget.js';
import { bestAfter } from './best-so-far.js';
import { closeOnError } from '../close-on-error.js';
import { ExampleFile } from '../examples/example-file.js';
import { RolloutDraws } from '../draws.js';
import { dropUnrenderable, longestPrompt } from '../examples/examine-examples.js';
import { AgentRunner } from '../external/agent-runner.js';
import { doubtsAboutPools } from './difficulty-pools.js';
import { doubtsAboutSampling, sampleWithSpread, type Selection } from './dynamic-sampling.js';
import { TrainerFailure } from '../failure.js';
import { HeldOut, type HeldOutResult } from './held-out.js';
import { IdleSteps } from './idle-steps.js';
import { MAX_INFRA_ERRORS, tooManyInfraErrors } from './infra-errors.js';
import type { Link } from '../link.js';
import type { PromptReader } from '../model/loaded-model.js';
import { doubtsAbout } from '../model/model-doubts.js';
import { RolloutRunner, type Asked, type Questions } from '../rollout/rollout-runner.js';
import { SlotBaselines } from '../rollout/slot-baselines.js';
import { treeMessage, type AdvantagedTree } from './records.js';
import { trainingSettings, type RolloutSettings } from '../rollout/settings.js';
import type { ScoredTree } from '../rollout/scoring.js';
import { StepQuestions } from './step-questions.js';
import { groupMetrics, rewardMetrics, rolloutMetrics, toolMetrics, updateMetrics } from './step-metrics.js';
import { Stopwatch } from '../stopwatch.js';
import type { Training } from './train.js';
import { TrainingRun, type JobOf, type StepReport } from './training-run.js';
import { updatePolicy, type Learner, type UpdateOutcome } from '../update/policy-update.js';
import { referenceKl } from '../update/reference-kl.js';
import { noUsage, rolloutUsage } from './usage.js';

export type PolicyJob = JobOf<PolicyRunSpec>;

/** A step's trees with their advantages, and what became of the groups. */
export interface Credited {
  trees: AdvantagedTree[];
  outcomes: GroupOutcome[];
  /** Mean of log π - log π_ref over the tokens that the policy wrote; null where nobody asked the reference. */
  kl: number | null;
  /** Trees that were sampled and are not learnt from: others have taken their place. */
  replaced: AdvantagedTree[];
}

export class PolicyTraining implements Training {
  readonly settings: RolloutSettings;
  readonly learner: Learner;
  private readonly questions: StepQuestions;
  private readonly baselines: SlotBaselines | undefined;
  private readonly idle: IdleSteps;
  private watch = new Stopwatch();
  /** Of the step that is under way. */
  private spent = noUsage();
  private sampled: ScoredTree[] = [];
  private unstored: AdvantagedTree[] = [];

  private constructor(
    readonly run: TrainingRun<PolicyRunSpec>,
    readonly examples: ExampleFile,
    private readonly runner: RolloutRunner | AgentRunner,
    readonly heldOut: HeldOut | null,
  ) {
    const { spec, model, optimizer, reference, progress } = run;
    const algorithm = algorithmOf(spec);
    this.settings = trainingSettings(spec.rollout, algorithm.branching(spec));
    this.learner = {
      policy: model.policy,
      algorithm,
      objective: algorithm.objective(spec),
      reference,
      optimizer,
      spec,
      batchTokens: progress.passes.tokens,
    };
    this.questions = new StepQuestions(run, examples);
    this.baselines = progress.baselines && new SlotBaselines(progress.baselines);
    this.idle = new IdleSteps(run.steps);
  }

  /**
   * Renders every prompt and loads everything, and refuses what does not fit into memory and prompts that are too long before anything is sampled.
   * @param isPreview no agents come then: where the run would wait for some, the policy answers the questions itself
   */
  static async prepare(job: PolicyJob, link: Link, isPreview = false): Promise<PolicyTraining> {
    const reader = await TrainingRun.load(job, link);
    const examples = await ExampleFile.open(job.examples);
    return closeOnError(examples, () => PolicyTraining.begin(job, link, { reader, examples, isPreview }));
  }

  private static async begin(
    job: PolicyJob,
    link: Link,
    { reader, examples, isPreview }: { reader: PromptReader; examples: ExampleFile; isPreview: boolean },
  ): Promise<PolicyTraining> {
    const { spec, resume } = job;
    const { steps } = spec.training;
    const { max_prompt_tokens: maxPromptTokens, max_response_tokens: maxResponseTokens, source } = spec.rollout;
    const onProgress = (fraction: number) => link.phase('preparing', resume?.step ?? 0, steps, fraction);
    const watcher = { link, onProgress, quiet: resume !== null };
    const render = ({ messages }: TrainingExample) => void reader.renderer.prompt(messages);
    // An agent that is outside makes its own prompts.
    const longest =
      source === 'external'
        ? await dropUnrenderable(examples, render, watcher).then(() => maxPromptTokens)
        : await longestPrompt(examples, reader, { maxPromptTokens, maxResponseTokens }, watcher);
    if (!watcher.quiet) {
      const doubts = [
        ...doubtsAbout(reader.renderer),
        ...doubtsAboutSampling(spec, examples.count),
        ...doubtsAboutPools(spec, examples.count),
      ];
      for (const doubt of doubts) await link.log('warn', doubt);
    }
    const beginning = {
      baselines: comparesSlots(spec) ? [] : undefined,
      pools: spec.training.pools ? new Map() : undefined,
    };
    const run = await TrainingRun.open(job, link, reader, { steps, longestPrompt: longest, beginning });
    return closeOnError(run, async () => {
      const runner = new RolloutRunner(run.model, job, link);
      const heldOut = await HeldOut.open(job, reader, runner, { link, onProgress });
      const agents = source === 'external' && !isPreview ? new AgentRunner(run.model, spec, link) : null;
      return new PolicyTraining(run, examples, agents ?? runner, heldOut);
    });
  }

  async step(): Promise<StepReport> {
    const step = this.run.step + 1;
    try {
      const selection = await this.rollout(); //          1. sample, call tools, branch
      const credited = await this.credit(selection); //   2. rewards, advantages
      const update = await this.update(credited); //      3. optimiser steps on the trees' unique tokens
      return await this.report(credited, update); //      4. held-out evaluation, metrics
    } catch (error) {
      await this.abandon(step);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.run.close();
    await this.examples.close();
  }

  /** `time/…_s` of the parts of the step so far. */
  get seconds(): Record<string, number> {
    return this.watch.metrics();
  }

  /**
   * Samples the trees of the next step, or of as many of its prompts as are asked for. Each is scored while others are still written. Throws BudgetReached, or
   * why the run is cancelled.
   */
  async rollout(promptCount = this.run.spec.training.prompts_per_step): Promise<Selection> {
    this.watch = new Stopwatch();
    this.spent = noUsage();
    this.sampled = [];
    this.questions.begin();
    if (this.run.spec.advantage.zero_variance === 'replace') {
      return sampleWithSpread(promptCount, (prompts) => this.sample(prompts));
    }
    return { kept: await this.sample(promptCount), replaced: [] };
  }

  /** Trees of the next prompts of the step that is under way. */
  private async sample(promptCount: number): Promise<ScoredTree[]> {
    const { spec, link, steps, budget } = this.run;
    const step = this.run.step + 1;
    const questions = {
      prompts: await this.questions.take(promptCount),
      settings: this.settings,
      draws: new RolloutDraws(spec.seed, step),
      baselines: this.baselines,
      datasetOf: () => spec.dataset,
      maskTruncated: spec.rollout.mask_truncated,
      step,
      callPrefix: `${step}/`,
      meter: budget,
      onProgress: (fraction: number) => link.phase('rollout', step, steps, fraction),
    };
    const { scored, stopped } = await this.ask(questions);
    this.sampled.push(...scored);
    Object.assign(this.spent, rolloutUsage(this.sampled.map(({ tree }) => tree)));
    if (stopped === null) return scored;
    this.unstored = this.sampled.map(withoutAdvantages);
    throw stopped;
  }

  /** Where no agent comes, what was learnt so far is kept. */
  private async ask(questions: Questions): Promise<Asked> {
    try {
      return await this.runner.ask(questions, { watch: this.watch });
    } catch (error) {
      const isAbsence = error instanceof TrainerFailure && error.code === 'agents_absent';
      if (isAbsence && !this.run.isKept) await this.run.checkpoint(false);
      throw error;
    }
  }

  /** Rewards to advantages, group by group. Stores the trees first: who reads why a step was refused sees which calls failed. */
  async credit({ kept, replaced: others }: Selection): Promise<Credited> {
    const { algorithm, spec } = this.learner;
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
      const { message, arrays } = treeMessage(this.run.step + 1, tree);
      await this.watch.time('store', () => this.run.link.store(message, arrays));
    }
    await this.refuseTooManyInfraErrors(kept);
    return { trees, outcomes: groups.map(({ outcome }) => outcome), replaced, kl: kl && meanOf(kl) };
  }

  /** Null where the reward has no penalty for leaving the reference. */
  private async rewardKl(trees: readonly ScoredTree[]): Promise<Map<number, Float32Array>[] | null> {
    const { spec, reference, batchTokens } = this.learner;
    if (spec.advantage.kl_coefficient === 0 || reference === null) return null;
    const { temperature } = spec.rollout;
    const asked = trees.map(({ tree }) => tree);
    return this.watch.time('update', () => referenceKl(reference, asked, { temperature, batchTokens }));
  }

  /** Learns from the trees. From here on the step counts as done. */
  async update({ trees }: Credited): Promise<UpdateOutcome> {
    const { link, progress, steps } = this.run;
    const step = this.run.step + 1;
    const onProgress = (fraction: number) => {
      link.signal.throwIfAborted();
      link.phase('update', step, steps, fraction);
    };
    const outcome = await this.watch.time('update', () => updatePolicy(this.learner, trees, step, onProgress));
    Object.assign(this.spent, { trained_tokens: outcome.trainedCopied, unique_tokens: outcome.trainedUnique });
    progress.step = step;
    this.questions.finish(this.sampled);
    return outcome;
  }

  /** What the step did, and what the held-out questions say where they are due. */
  private async report({ trees, outcomes, replaced, kl }: Credited, update: UpdateOutcome): Promise<StepReport> {
    const { metrics: heldOut, stopped: cut } = await this.evaluate();
    const notCompared = this.compare(heldOut);
    const sampled = [...trees, ...replaced];
    const metrics = {
      ...rewardMetrics(sampled),
      ...(kl !== null && { 'reward/kl_mean': kl }),
      ...groupMetrics(outcomes, replaced.length),
      ...this.questions.metrics,
      ...rolloutMetrics(sampled),
      ...toolMetrics(
        sampled,
        this.run.job.tools.map(({ name }) => name),
      ),
      ...updateMetrics(update),
      ...heldOut,
      ...this.seconds,
    };
    const { records: updates, arrays } = update;
    return {
      metrics,
      usage: this.spent,
      updates,
      arrays,
      warnings: [...this.idle.after(outcomes, updates.length > 0), ...this.questions.warnings(), ...notCompared],
      cut,
    };
  }

  /** Counts what was spent on a step that will not be finished, and stores its trees. Nothing was learnt from them that is kept. */
  private async abandon(step: number): Promise<void> {
    const { spent, unstored } = this;
    if (spent.prompt_tokens === 0) return;
    const { link } = this.run;
    await link.store({ type: 'unfinished_step', step, usage: spent });
    for (const tree of unstored) {
      const { message, arrays } = treeMessage(step, tree);
      await link.store(message, arrays);
    }
  }

  /** The held-out questions where they are due. A step whose evaluation a budget cuts short is whole all the same. */
  private async evaluate(): Promise<HeldOutResult & { stopped: BudgetReached | null }> {
    const { spec, link, step, steps, budget } = this.run;
    const { heldOut } = this;
    const every = spec.evaluation?.every_steps;
    const isDue = every !== undefined && (step % every === 0 || step === steps);
    if (!heldOut || !isDue) return { metrics: {}, trees: [], stopped: null };
    const onProgress = (fraction: number) => link.phase('evaluate', step, steps, fraction);
    const { stopped, ...result } = await heldOut.evaluate(step, budget.timeOnly, onProgress);
    this.spent.evaluation = rolloutUsage(result.trees);
    if (stopped !== null && !(stopped instanceof BudgetReached)) throw stopped;
    return { ...result, stopped };
  }

  /** Whether the evaluation was the best so far. Returns what to tell the user where that cannot be said. */
  private compare(metrics: Readonly<Record<string, number>>): string[] {
    const { spec, progress, step } = this.run;
    const rule = spec.evaluation?.best;
    if (!rule || Object.keys(metrics).length === 0) return [];
    const unscored = metrics[`eval/${rule.set}/infra_error`] ?? 0;
    const value = metrics[`eval/${rule.set}/${rule.metric}`];
    if (value === undefined || unscored > MAX_INFRA_ERRORS) {
      const share = `${Math.round(100 * unscored)}% of the answers to ${rule.set} could not be scored`;
      return [`The evaluation after step ${step} counts neither as an improvement nor as none: ${share}`];
    }
    progress.best = bestAfter(progress.best, { step, value }, rule);
    return [];
  }

  private async refuseTooManyInfraErrors(trees: readonly ScoredTree[]): Promise<void> {
    const failure = tooManyInfraErrors(trees, this.run.step + 1);
    if (failure === null) return;
    await this.run.checkpoint(false);
    throw failure;
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
