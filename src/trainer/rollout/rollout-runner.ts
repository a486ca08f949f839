/** Rolls prompts out and has them scored, tree by tree: what a step of training, a held-out evaluation and an evaluation job share. */
import { KeyValueStore, type DecoderConfig, type Store } from '../../engine/index.js';
import type { ResolvedToolSpec } from '../../spec/tools/index.js';
import type { ToolDefinition } from '../../spec/tools/tool-definition.js';
import { BudgetReached, type Meter } from '../budget.js';
import type { RolloutDraws } from '../draws.js';
import type { Link } from '../link.js';
import type { LoadedModel } from '../model/loaded-model.js';
import type { CallLimits } from './call-limits.js';
import type { SummaryRules } from './context.js';
import { callInsistently } from './insistent-call.js';
import { languageOf, type Language } from './language.js';
import { KvCache } from './kv-cache.js';
import type { PromptTask } from '../trees/prompt-task.js';
import { rollout } from './scheduler.js';
import type { RolloutSettings } from './settings.js';
import { scoreTree, unscoredTree, type ScoredTree } from './scoring.js';
import { summaryRulesOf } from './summaries.js';
import type { SlotBaselines } from './slot-baselines.js';
import type { Tree } from '../trees/tree.js';
import { Stopwatch } from '../stopwatch.js';

export interface Questions {
  prompts: readonly PromptTask[];
  settings: RolloutSettings;
  draws: RolloutDraws;
  baselines?: SlotBaselines | undefined;
  /** Id of the dataset that a question is of, by its place: which references rewards are compared with. */
  datasetOf: (place: number) => string;
  maskTruncated: boolean;
  step: number;
  /** Comes before the names of the tool calls: they must be unique within the job, and the same when it is done again. */
  callPrefix: string;
  meter: Meter;
  onProgress: (fraction: number) => void;
}

export interface Asked {
  /** In the order of their prompts. */
  scored: ScoredTree[];
  /** Why some trees are not complete, or not there: a budget was reached, or the job is cancelled. Null when all are. */
  stopped: Error | null;
}

/** Trajectories written at once, however small the model. */
export const MAX_ROWS = 128;
/** What the keys and values of all trajectories together may take. */
export const MAX_CACHE_BYTES = 2 ** 31;

/** How many of the longest possible trajectories fit; a function of model and questions alone, because the schedule depends on it. */
export function mostRows(
  config: DecoderConfig,
  { prompts, settings }: Pick<Questions, 'prompts' | 'settings'>,
): number {
  const longest = prompts.reduce((most, { prompt }) => Math.max(most, prompt.tokens.length), 0);
  const fit = Math.floor(
    MAX_CACHE_BYTES / (KeyValueStore.bytesPerSlot(config) * (longest + settings.maxResponseTokens)),
  );
  return Math.max(1, Math.min(MAX_ROWS, fit));
}

export class RolloutRunner {
  private readonly store: Store;
  private readonly language: Language;
  private readonly summaries: SummaryRules | null;

  constructor(
    private readonly model: LoadedModel,
    private readonly offered: {
      readonly tools: readonly ToolDefinition[];
      readonly call_limits: CallLimits['perTool'];
      readonly spec: { readonly tools: readonly ResolvedToolSpec[] };
    },
    private readonly link: Link,
  ) {
    this.store = model.policy.newStore();
    this.language = languageOf(
      model.renderer,
      offered.tools.map(({ name }) => name),
    );
    this.summaries = summaryRulesOf(offered.spec.tools, model.config, model.renderer);
  }

  /** Trees with their scores. A tree is scored, and `each` gets it, while others are still written. */
  async ask(
    questions: Questions,
    { watch = new Stopwatch(), each }: { watch?: Stopwatch; each?: (scored: ScoredTree) => Promise<void> } = {},
  ): Promise<Asked> {
    const scoring: Promise<ScoredTree>[] = [];
    const trees: Tree[] = [];
    const rolled = this.rollout(questions, watch);
    let stopped: Error | null = null;
    for (;;) {
      let next: IteratorResult<Tree, void>;
      try {
        next = await watch.time('sample', () => rolled.next());
      } catch (error) {
        if (!(error instanceof BudgetReached) && !this.link.signal.aborted) throw error;
        stopped = error as Error;
        break;
      }
      if (next.done) break;
      trees.push(next.value);
      const scored = this.score(next.value, questions, each);
      // Awaited below, all together; until then a failure must not count as unhandled.
      scored.catch(() => {});
      scoring.push(scored);
    }
    const scored = await watch.time('score', () => this.allScored(trees, scoring));
    const { signal } = this.link;
    stopped ??= signal.aborted ? (signal.reason as Error) : null;
    return { scored: scored.sort((a, b) => a.tree.place - b.tree.place), stopped };
  }

  /** Nobody judges any more once the job is cancelled. */
  private allScored(trees: readonly Tree[], scoring: readonly Promise<ScoredTree>[]): Promise<ScoredTree[]> {
    const { signal } = this.link;
    return Promise.all(
      scoring.map((scored, i) =>
        scored.catch((error: unknown) => {
          if (!signal.aborted) throw error;
          return unscoredTree(trees[i]!);
        }),
      ),
    );
  }

  /** Leaves the store empty and the weights thawed: that memory is the update's until the next rollout. */
  private async *rollout(questions: Questions, watch: Stopwatch): AsyncGenerator<Tree, void, void> {
    const { link, model, store, language, summaries } = this;
    const { step, callPrefix } = questions;
    try {
      await model.policy.freeze({ sharing: questions.settings.groupSize > 1 });
      yield* rollout(questions.prompts, {
        mostRows: mostRows(model.policy.config, questions),
        ...questions,
        ...model,
        store,
        cache: new KvCache(store),
        language,
        callLimits: this.offered.call_limits,
        summaries,
        signal: link.signal,
        callTool: ({ call, previous, ...request }) =>
          callInsistently(request.tool, questions.settings.emptyResultAttempts, (attempt) =>
            link.askTool({
              call: `${callPrefix}${attempt === 1 ? call : `${call}/${attempt}`}`,
              previous: previous.map((before) => `${callPrefix}${before}`),
              step,
              ...request,
            }),
          ),
        onToolWait: (seconds) => {
          watch.add('tools', seconds);
          watch.add('sample', -seconds);
        },
      });
    } finally {
      store.clear();
      await model.policy.thaw();
    }
  }

  private async score(
    tree: Tree,
    { datasetOf, maskTruncated }: Questions,
    each: ((scored: ScoredTree) => Promise<void>) | undefined,
  ): Promise<ScoredTree> {
    const dataset = datasetOf(tree.place);
    const scored = await scoreTree(tree, (question) => this.link.askScores({ dataset, ...question }), maskTruncated);
    await each?.(scored);
    return scored;
  }
}
