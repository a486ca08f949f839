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
  /** `eval/<set>/<metric>`: means over the questions of a set that could be scored. */
  metrics: Record<string, number>;
  trees: Tree[];
  /** Why there are no metrics: a budget or a cancellation has cut it short. Else null. */
  stopped: Error | null;
}

/** The questions of one set. All sets are asked together: a question's place is among all of them. */
interface QuestionSet {
  readonly name: string;
  readonly dataset: string;
  readonly prompts: readonly PromptTask[];
}

export class HeldOut {
  /** By the place of a question. */
  private readonly setOf: readonly QuestionSet[];

  private constructor(
    private readonly spec: PolicyRunSpec,
    private readonly sets: readonly QuestionSet[],
    private readonly runner: RolloutRunner,
  ) {
    this.setOf = sets.flatMap((set) => set.prompts.map(() => set));
  }

  /** Null when the run evaluates nothing. */
  static async open(
    { spec, evaluation_examples: paths }: TrainJob & { spec: PolicyRunSpec },
    reader: PromptReader,
    runner: RolloutRunner,
    watcher: Watcher,
  ): Promise<HeldOut | null> {
    if (!spec.evaluation) return null;
    const limits = { maxPromptTokens: null, maxResponseTokens: spec.rollout.max_response_tokens };
    const sets: QuestionSet[] = [];
    let place = 0;
    for (const [i, { name, dataset, limit }] of spec.evaluation.sets.entries()) {
      const questions = await questionsOf(paths[i]!, reader, { ...limits, limit }, watcher);
      sets.push({ name, dataset, prompts: questions.map((question) => ({ ...question, place: place++ })) });
    }
    return new HeldOut(spec, sets, runner);
  }

  /** Questions that each evaluation asks, of all sets. */
  get count(): number {
    return this.setOf.length;
  }

  /** @param most asks only so many of the questions, spread evenly over all */
  async evaluate(
    step: number,
    meter: Meter,
    onProgress: (fraction: number) => void,
    most = this.count,
  ): Promise<HeldOutResult> {
    const { spec, sets, runner, setOf, count } = this;
    const isAsked = (i: number) => Math.floor(((i + 1) * most) / count) > Math.floor((i * most) / count);
    const { scored, stopped } = await runner.ask({
      prompts: sets.flatMap(({ prompts }) => prompts).filter((_, i) => isAsked(i)),
      settings: greedySettings(spec.rollout),
      draws: new RolloutDraws(spec.seed, step),
      datasetOf: (place) => setOf[place]!.dataset,
      maskTruncated: false,
      step,
      callPrefix: `evaluation/${step}/`,
      meter,
      onProgress,
    });
    const metrics = stopped === null ? this.metricsOf(scored) : {};
    return { metrics, trees: scored.map(({ tree }) => tree), stopped };
  }

  private metricsOf(scored: readonly ScoredTree[]): Record<string, number> {
    const perSet = this.sets.map((set) => {
      const own = scored.filter(({ tree }) => this.setOf[tree.place] === set);
      return metricsOfSet(set.name, own);
    });
    return Object.assign({}, ...perSet) as Record<string, number>;
  }
}

function metricsOfSet(set: string, all: readonly ScoredTree[]): Record<string, number> {
  const scored = all.filter(({ scores_G }) => scores_G[0]!.status === 'scored');
  const mean = (value: (score: Score, tree: Tree) => number) =>
    scored.reduce((sum, { scores_G, tree }) => sum + value(scores_G[0]!, tree), 0) / scored.length;
  const name = (metric: string) => `eval/${set}/${metric}`;
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
