/** The evaluation inside a run: one greedy answer to each held-out question, as metrics of the step. Not the evaluation job: that is `evaluate.ts`. */
import type { TrainJob } from '../../protocol/messages.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { tokenCounts, toolCalls, type Tree } from '../trees/tree.js';
import { RolloutDraws } from '../draws.js';
import { questionsOf, type Watcher } from '../examples/examine-examples.js';
import type { PromptReader } from '../model/loaded-model.js';
import type { RolloutRunner } from '../rollout/rollout-runner.js';
import type { Meter } from '../budget.js';
import type { PromptTask } from '../trees/prompt-task.js';
import { greedySettings } from '../rollout/settings.js';
import type { ScoredTree, Score } from '../rollout/scoring.js';

export interface HeldOutResult {
  /** `eval/<dataset>/<metric>`: means over the questions that could be scored. */
  metrics: Record<string, number>;
  trees: Tree[];
  /** Why there are no metrics: a budget or a cancellation has cut it short. Else null. */
  stopped: Error | null;
}

export class HeldOut {
  private constructor(
    private readonly spec: PolicyRunSpec,
    private readonly set: string,
    private readonly prompts: readonly PromptTask[],
    private readonly runner: RolloutRunner,
  ) {}

  /** Null when the run evaluates nothing. */
  static async open(
    { spec, evaluation_examples: path }: TrainJob & { spec: PolicyRunSpec },
    reader: PromptReader,
    runner: RolloutRunner,
    watcher: Watcher,
  ): Promise<HeldOut | null> {
    if (!spec.evaluation || path === null) return null;
    const limits = { maxPromptTokens: null, maxResponseTokens: spec.rollout.max_response_tokens };
    const prompts = await questionsOf(path, reader, { ...limits, limit: spec.evaluation.limit }, watcher);
    return new HeldOut(spec, spec.evaluation.dataset, prompts, runner);
  }

  /** Questions that each evaluation asks. */
  get count(): number {
    return this.prompts.length;
  }

  /** @param most asks only so many of the questions */
  async evaluate(
    step: number,
    meter: Meter,
    onProgress: (fraction: number) => void,
    most = this.count,
  ): Promise<HeldOutResult> {
    const { spec, prompts, runner } = this;
    const { scored, stopped } = await runner.ask({
      prompts: prompts.slice(0, most),
      settings: greedySettings(spec.rollout),
      draws: new RolloutDraws(spec.seed, step),
      dataset: 'evaluation',
      maskTruncated: false,
      step,
      callPrefix: `evaluation/${step}/`,
      meter,
      onProgress,
    });
    const metrics = stopped === null ? this.metricsOf(scored) : {};
    return { metrics, trees: scored.map(({ tree }) => tree), stopped };
  }

  private metricsOf(all: readonly ScoredTree[]): Record<string, number> {
    const scored = all.filter(({ scores_G }) => scores_G[0]!.status === 'scored');
    const mean = (value: (score: Score, tree: Tree) => number) =>
      scored.reduce((sum, { scores_G, tree }) => sum + value(scores_G[0]!, tree), 0) / scored.length;
    const name = (metric: string) => `eval/${this.set}/${metric}`;
    const infraErrors = { [name('infra_error')]: 1 - scored.length / all.length };
    if (scored.length === 0) return infraErrors;
    return {
      ...infraErrors,
      [name('reward')]: mean(({ reward }) => reward ?? 0),
      [name('exact_match')]: mean(({ exactMatch }) => exactMatch ?? 0),
      [name('format_valid')]: mean(({ formatValid }) => Number(formatValid)),
      [name('tool_calls')]: mean((_, tree) => toolCalls(tree).made),
      [name('model_tokens')]: mean((_, tree) => tokenCounts(tree, [tree.trajectories[0]!.leaf]).uniqueTargets),
    };
  }
}
