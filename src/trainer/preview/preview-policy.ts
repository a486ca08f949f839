/**
 * The preview of a policy run: rollouts with its real tools and rewards, an update, some held-out questions and a checkpoint. Where a whole step takes
 * too long, some of its prompts stand for all.
 */
import type { PreviewResult } from '../../spec/preview.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { pathTo, tokenCounts, toolCalls } from '../trees/tree.js';
import { unlimited } from '../jobs/evaluate.js';
import type { Link } from '../link.js';
import { PolicyTraining, type Credited, type PolicyJob } from '../jobs/train-policy.js';
import type { TrainingRun } from '../jobs/training-run.js';
import { mostRows } from '../rollout/rollout-runner.js';
import type { AdvantagedTree } from '../jobs/records.js';
import { DecodingPace } from './decoding-pace.js';
import { memoryEstimate, timeEstimate, type RunTime, type StepTime } from './estimate.js';
import { longestSeconds, promptsThatFit, scaledSeconds, type Rollouts } from './sampling.js';
import { countTokens, spread, type TokenCount } from './tokens.js';
import { Stopwatch } from '../stopwatch.js';
import { hasGradient } from '../algorithms/credit.js';
import { chunksByWeight } from '../update/batches.js';
import { oneProcess } from './one-process.js';

/** What the rollouts of a previewed step may take if every response is as long as it may be; of a step that may take longer fewer prompts are taken. */
const LONGEST_ROLLOUT_S = 90;
/** An update that takes longer is not done a second time to see how long it takes once the graphs are built. */
const LONE_S = 120;
/** Whole steps are added until so much time is spent on them, or there are so many. */
const ENOUGH_S = 45;
const MAX_STEPS = 4;
/** Response tokens behind which decoding is timed: no more, because few responses are as long as they may be. */
const MAX_CONTEXT = 128;
/** Held-out questions that are asked, and what they may take if every answer is as long as it may be. */
const FEW_QUESTIONS = 8;
const LONGEST_EVALUATION_S = 60;

/** The rollouts of one step, or of some of its prompts. */
interface Sampled {
  prompts: number;
  credited: Credited;
  seconds: Omit<StepTime, 'update'>;
}

/** Credited trees that were learnt from. */
interface Updated {
  seconds: number;
  /** Unique ones, in one epoch. */
  tokens: number;
}

export async function previewPolicy(job: PolicyJob, link: Link): Promise<PreviewResult> {
  const training = await PolicyTraining.prepare(job, link, true);
  try {
    return await new PolicyPreview(training, process.uptime()).perform();
  } finally {
    await training.close();
  }
}

class PolicyPreview {
  private readonly watch = new Stopwatch();
  private readonly samples: Sampled[] = [];
  private readonly updates: Updated[] = [];

  private readonly run: TrainingRun<PolicyRunSpec>;
  private readonly spec: PolicyRunSpec;

  constructor(
    private readonly training: PolicyTraining,
    private readonly prepareSeconds: number,
  ) {
    this.run = training.run;
    this.spec = training.run.spec;
  }

  async perform(): Promise<PreviewResult> {
    const { run, spec } = this;
    const { model, link } = run;
    const count = await countTokens(
      this.training.examples,
      ({ messages }) => ({ prompt: model.renderer.prompt(messages), tokens: null }),
      link,
    );
    const pace = await this.paceOf(count);
    const prompts = this.promptsThatFit(pace, count);
    await this.sample(prompts);
    const graphs = pace.graphSeconds + (await this.firstUpdate());
    if (prompts === spec.training.prompts_per_step) await this.moreSteps();
    const evaluation = await this.evaluate(pace, count);
    const writing = new Stopwatch();
    await run.checkpoint(true);
    const time = { prepare: this.prepareSeconds + graphs + this.slowStart, checkpoint: writing.total };
    const usual = { ...time, step: this.stepTime(pace, count), evaluation: evaluation.usual };
    const longest = { ...time, step: this.longestStep(pace, count, usual.step), evaluation: evaluation.longest };
    return this.report(count, usual, longest, evaluation.asked);
  }

  private async paceOf(count: TokenCount): Promise<DecodingPace> {
    const { rollout, training } = this.spec;
    const { mostRows: most } = this.rollouts(1, count);
    const rows = [1, training.prompts_per_step].map((prompts) => Math.min(most, prompts * rollout.group_size));
    const questions = this.training.heldOut?.count ?? 0;
    const asked = questions === 0 ? [] : [Math.min(FEW_QUESTIONS, questions), Math.min(most, questions)];
    return DecodingPace.measure(this.run.model.policy, {
      prompt: this.typicalPrompt(count),
      context: Math.round(count.tokens.prompt.mean) + Math.min(MAX_CONTEXT, Math.ceil(rollout.max_response_tokens / 2)),
      groupSize: rollout.group_size,
      rows: [...rows, ...asked],
      temperature: rollout.temperature,
      topP: rollout.top_p,
    });
  }

  private typicalPrompt({ tokens }: TokenCount): Int32Array {
    const { tokenizer, endTokens } = this.run.model.renderer;
    const length = Math.max(1, Math.round(tokens.prompt.mean));
    const [token = endTokens[0]!] = tokenizer.encodeParts(['a']);
    return new Int32Array(length).fill(token);
  }

  private rollouts(prompts: number, { tokens }: TokenCount, each = this.spec.rollout.group_size): Rollouts {
    const { model } = this.run;
    const longest = { tokens: new Int32Array(tokens.prompt.max), kind: 'prompt' as const, text: '', begun: '' };
    const most = mostRows(model.policy.config, {
      prompts: [{ place: 0, example: 0, prompt: longest }],
      settings: this.training.settings,
    });
    return { prompts, promptTokens: tokens.prompt.mean, rows: prompts * each, mostRows: most };
  }

  private promptsThatFit(pace: DecodingPace, count: TokenCount): number {
    const { rollout, training } = this.spec;
    const rolloutsOf = (prompts: number) => this.rollouts(prompts, count);
    return promptsThatFit(pace, training.prompts_per_step, rolloutsOf, rollout.max_response_tokens, LONGEST_ROLLOUT_S);
  }

  private async sample(prompts: number): Promise<Credited> {
    const selection = await this.training.rollout(prompts);
    const credited = await this.training.credit(selection);
    const { 'time/sample_s': sample = 0, 'time/tools_s': tools = 0, 'time/score_s': score = 0 } = this.training.seconds;
    this.samples.push({ prompts, credited, seconds: { sample, tools, score } });
    return credited;
  }

  /** Learns from as much as one pass takes, a second time if the first was short. Returns the seconds that only the first took, which built the graphs. */
  private async firstUpdate(): Promise<number> {
    const { training } = this.spec;
    const trees = this.trees;
    const wanted = Math.min(training.prompts_per_step, training.mini_batch_prompts);
    const copies = Array.from({ length: Math.max(wanted, 1) }, (_, i) => trees[i % trees.length]!);
    const [part = copies] = chunksByWeight(copies, this.training.learner.batchTokens, uniqueTokens);
    const first = await this.update(part);
    if (first.seconds > LONE_S) return 0;
    const second = await this.update(part);
    this.updates.shift();
    return Math.max(0, first.seconds - second.seconds);
  }

  /** All groups are learnt from, so that the time is known also where this step's rewards are all equal. */
  private async update(trees: readonly AdvantagedTree[]): Promise<Updated> {
    const from = new Stopwatch();
    await this.training.update({ trees: trees.map(withAdvantages), outcomes: [], replaced: [], kl: null });
    const tokens = trees.reduce((sum, tree) => sum + uniqueTokens(tree), 0);
    const updated = { seconds: from.total, tokens };
    this.updates.push(updated);
    return updated;
  }

  /** Whole steps as the run does them. */
  private async moreSteps(): Promise<void> {
    const { training } = this.spec;
    const watch = new Stopwatch();
    const all = this.trees.reduce((sum, tree) => sum + uniqueTokens(tree), 0) * this.updatePace;
    if (all > LONE_S) return;
    await this.update(this.trees);
    this.updates.shift();
    while (watch.total < ENOUGH_S && this.samples.length < MAX_STEPS) {
      const { trees } = await this.sample(training.prompts_per_step);
      await this.update(trees);
    }
    // The first whole update may have built graphs.
    if (this.updates.length > 1) this.updates.shift();
  }

  /** The held-out questions, or some of them; `longest`: if every answer is as long as it may be. */
  private async evaluate(
    pace: DecodingPace,
    count: TokenCount,
  ): Promise<{ usual: number; longest: number; asked: number }> {
    const { heldOut } = this.training;
    if (!heldOut || heldOut.count === 0) return { usual: 0, longest: 0, asked: 0 };
    const all = this.rollouts(heldOut.count, count, 1);
    const longest = longestSeconds(pace, all, this.spec.rollout.max_response_tokens);
    const asked = longest <= LONGEST_EVALUATION_S ? heldOut.count : Math.min(FEW_QUESTIONS, heldOut.count);
    const watch = new Stopwatch();
    await heldOut.evaluate(this.run.step, unlimited, () => {}, asked);
    const usual = scaledSeconds(pace, this.rollouts(asked, count, 1), watch.total, all);
    return { usual, longest: Math.max(usual, longest), asked };
  }

  private stepTime(pace: DecodingPace, count: TokenCount): StepTime {
    const { prompts_per_step: all } = this.spec.training;
    const whole = this.rollouts(all, count);
    const over = (value: (sampled: Sampled) => number) => mean(this.steady.map(value));
    const perPrompt = mean(this.trees.map(uniqueTokens));
    return {
      sample: over(({ prompts, seconds }) => scaledSeconds(pace, this.rollouts(prompts, count), seconds.sample, whole)),
      tools: over(({ prompts, seconds }) => (seconds.tools * all) / prompts),
      score: over(({ prompts, seconds }) => (seconds.score * all) / prompts),
      update: all * this.learntShare * perPrompt * this.updatePace,
    };
  }

  private longestStep(pace: DecodingPace, count: TokenCount, usual: StepTime): StepTime {
    const { rollout, training } = this.spec;
    const all = this.rollouts(training.prompts_per_step, count);
    const tokens = all.prompts * count.tokens.prompt.mean + all.rows * rollout.max_response_tokens;
    const sample = longestSeconds(pace, all, rollout.max_response_tokens);
    return {
      ...usual,
      sample: Math.max(usual.sample, sample),
      update: Math.max(usual.update, tokens * this.updatePace),
    };
  }

  /** All rollouts but the first, for which tools had to be started; that one where there is no other. */
  private get steady(): Sampled[] {
    return this.samples.length > 1 ? this.samples.slice(1) : this.samples;
  }

  /** Seconds by which the first rollouts waited longer for their tools than the others. */
  private get slowStart(): number {
    const waited = ({ seconds }: Sampled) => seconds.tools;
    return Math.max(0, waited(this.samples[0]!) - mean(this.steady.map(waited)));
  }

  private get trees(): AdvantagedTree[] {
    return this.samples.flatMap(({ credited }) => credited.trees);
  }

  /** Of the prompts, those whose step has something to learn from. */
  private get learntShare(): number {
    const { objective } = this.training.learner;
    return this.trees.filter((tree) => hasGradient(tree, objective)).length / this.trees.length;
  }

  /** Seconds per token of a step. */
  private get updatePace(): number {
    const sum = (value: (updated: Updated) => number) => this.updates.reduce((total, one) => total + value(one), 0);
    return sum(({ seconds }) => seconds) / sum(({ tokens }) => tokens);
  }

  private async report(count: TokenCount, usual: RunTime, longest: RunTime, evaluated: number): Promise<PreviewResult> {
    const { spec } = this;
    const { prompts_per_step: all, steps } = spec.training;
    const trees = this.trees.map(({ tree }) => tree);
    const responses = trees.flatMap((tree) =>
      tree.trajectories.map(({ leaf }) =>
        pathTo(tree, leaf)
          .slice(1)
          .reduce((sum, index) => sum + tree.segments[index]!.tokens.length, 0),
      ),
    );
    const leaves = (tree: (typeof trees)[number]) => tree.trajectories.map(({ leaf }) => leaf);
    return {
      prompts: count.prompts,
      tokens: { ...count.tokens, steps, tokens_per_step: null },
      estimate: {
        time: timeEstimate(steps, spec, usual, longest),
        memory: memoryEstimate(this.run.memory, this.spec),
        measured: {
          steps: this.samples.filter(({ prompts }) => prompts === all).length,
          prompts: trees.length,
          trajectories: responses.length,
          sampled_tokens: trees.reduce((sum, tree) => sum + tokenCounts(tree, leaves(tree)).uniqueTargets, 0),
          response_tokens: spread(responses),
          tool_calls: trees.reduce((sum, tree) => sum + toolCalls(tree).made, 0),
          groups_learnt: this.learntShare,
          trained_tokens: this.updates.reduce((sum, { tokens }) => sum + tokens, 0),
          evaluated,
          seconds: this.watch.total,
        },
        assumptions: [
          ...(spec.rollout.source === 'external'
            ? ['each rollout is one answer to its question: the agent is outside, and is not waited for in a preview']
            : []),
          'responses stay as long as in the preview, and call tools as often',
          'rewards go on to differ within as many of the prompts as in the preview; the others are not learnt from',
          spec.evaluation?.best?.patience
            ? 'neither a budget nor its patience ends the run early'
            : 'no budget ends the run early',
          ...(spec.evaluation?.best ? ['each evaluation is the best so far, and has a checkpoint of its own'] : []),
          ...oneProcess(spec),
          'the machine stays as busy with other work as it was during the preview',
        ],
      },
    };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

function uniqueTokens({ tree }: AdvantagedTree): number {
  return tokenCounts(
    tree,
    tree.trajectories.map(({ leaf }) => leaf),
  ).unique;
}

/** As if every other trajectory were better than the rest. */
function withAdvantages(tree: AdvantagedTree): AdvantagedTree {
  return { ...tree, advantages_G: tree.advantages_G.map((_, i) => (i % 2 === 0 ? 1 : -1)) };
}
