/**
 * Has agents that are outside roll a step's prompts out: asks for rollouts, answers what their agents ask of the policy, and makes trees of it once all have ended.
 * The counterpart of `rollout/rollout-runner.ts`, which samples by itself.
 */
import { IncrementalDecoder } from '../../engine/index.js';
import type { ChatRequest } from '../../spec/chat.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { BudgetReached } from '../budget.js';
import { ChatRefusal, ChatServer, type ChatPlan, type ChatPlanner } from '../chat/chat-server.js';
import { TrainerFailure } from '../failure.js';
import type { Link } from '../link.js';
import type { LoadedModel } from '../model/loaded-model.js';
import { ModelSegment } from '../rollout/model-segment.js';
import type { Asked, Questions } from '../rollout/rollout-runner.js';
import { Sampler } from '../rollout/sampler.js';
import { scoreOf, unscored, unscoredTree, type Score, type ScoredTree } from '../rollout/scoring.js';
import { Stopwatch } from '../stopwatch.js';
import { responseParts, type Tree } from '../trees/tree.js';
import { newGroup, type AgentGroup, type OpenRollout } from './agent-group.js';
import { agentTree, newTokens } from './agent-tree.js';

/** Answers of one rollout: an agent that never ends would fill the memory. */
const MAX_ANSWERS = 256;
/** While nobody asks anything, how often it is looked whether the run is to pause or has used up its time. */
const LOOK_MS = 500;
/** Nobody asks for rollouts: nothing was heard for so long after the last of them has timed out. */
const ABSENT_MS = 3_600_000;

/** The run is to pause, and its step cannot be finished without agents: it is done again when the run goes on. */
export class StepGivenUp extends Error {
  override readonly name = 'StepGivenUp';
}

export class AgentRunner {
  constructor(
    private readonly model: LoadedModel,
    private readonly spec: PolicyRunSpec,
    private readonly link: Link,
    private readonly absentMs = ABSENT_MS,
  ) {}

  /**
   * Trees with their scores, in the order of their prompts.
   * @throws {TrainerFailure} agents_absent
   */
  async ask(questions: Questions, { watch = new Stopwatch() }: { watch?: Stopwatch } = {}): Promise<Asked> {
    const { step, prompts, settings } = questions;
    const groups = prompts.map((task) => newGroup(task, settings.groupSize));
    const trees = prompts.map(({ place: tree, example }) => ({ tree, example }));
    await this.link.store({ type: 'rollouts_wanted', step, trees, each: settings.groupSize });
    const stopped = await watch.time('sample', () => this.rollOut(groups, questions));
    const grown = groups.map((group) => ({ group, tree: this.treeOf(group) }));
    if (stopped !== null) return { scored: grown.map(({ tree }) => unscoredTree(tree)), stopped };
    const scored = await watch.time('score', () =>
      Promise.all(grown.map(({ group, tree }) => this.score(group, tree, questions))),
    );
    return { scored, stopped: null };
  }

  /** Why the rollouts have not all ended; null when they have. */
  private async rollOut(groups: readonly AgentGroup[], questions: Questions): Promise<Error | null> {
    const { link, model } = this;
    const plans = new AgentPlans(model, this.spec, groups, questions);
    const server = new ChatServer(model.policy, model.renderer.tokenizer, null, plans, link);
    const rollouts = groups.flatMap((group) => group.rollouts);
    const isOver = () => rollouts.every(({ ended }) => ended !== null);
    let heardAt = performance.now();
    let why: Error | null = null;
    try {
      await model.policy.freeze({ sharing: true });
      for (;;) {
        if (this.hear(server, plans)) heardAt = performance.now();
        if (isOver()) return null;
        this.refuseToWaitForEver(performance.now() - heardAt);
        questions.meter.check();
        if (link.isPausing) return (why = new StepGivenUp('the run pauses'));
        questions.onProgress(rollouts.filter(({ ended }) => ended !== null).length / rollouts.length);
        await server.turn();
        link.signal.throwIfAborted();
        if (!server.isIdle) heardAt = performance.now();
        else await link.chats.arrived(link.signal, LOOK_MS);
      }
    } catch (error) {
      if (!(error instanceof BudgetReached) && !link.signal.aborted) throw error;
      return (why = error as Error);
    } finally {
      const reason = why === null ? 'the rollout has ended' : `the step is given up: ${why.message}`;
      server.refuse(() => true, new ChatRefusal(reason));
      server.forget();
      await model.policy.thaw();
    }
  }

  /** Whether there was anything to hear. */
  private hear(server: ChatServer, plans: AgentPlans): boolean {
    const commands = this.link.chats.take();
    for (const command of commands) {
      if (command.type === 'chat') server.begin(command.chat);
      else if (command.type === 'chat_cancelled') server.drop(command.request);
      else if (command.type === 'rollout_ended') {
        const rollout = plans.rolloutOf(command.rollout);
        if (rollout === null) continue;
        rollout.ended ??= command;
        const isIts = ({ rollout: slot }: ChatRequest) => slot !== null && plans.rolloutOf(slot) === rollout;
        server.refuse(isIts, new ChatRefusal('the rollout has ended'));
      }
    }
    return commands.length > 0;
  }

  private refuseToWaitForEver(silentMs: number): void {
    const limit = 1000 * this.spec.rollout.timeout_s + this.absentMs;
    if (silentMs <= limit) return;
    throw new TrainerFailure(
      'agents_absent',
      `Nobody has asked for a rollout for ${Math.round(limit / 60_000)} minutes: start what sends POST /v1/runs/{id}/rollouts`,
    );
  }

  private treeOf({ task, rollouts }: AgentGroup): Tree {
    const { tokenizer } = this.model.renderer;
    const ended = ({ ended: end, calls }: OpenRollout) => {
      if (end === null) return 'unfinished' as const;
      return end.outcome === 'infra_error' || calls.length === 0 ? ('infra_error' as const) : null;
    };
    const asked = rollouts.map((rollout) => ({ calls: rollout.calls, ended: ended(rollout) }));
    return agentTree(task, asked, (tokens) => tokenizer.decode(tokens));
  }

  /** The reward of a rollout is that of all of its trajectories: the one that was given, or what the run's own says of the last. */
  private async score(
    { rollouts }: AgentGroup,
    tree: Tree,
    { datasetOf, maskTruncated }: Questions,
  ): Promise<ScoredTree> {
    const lastOf = new Map(tree.trajectories.map(({ leaf, rollout }) => [rollout!, leaf]));
    const asked = [...rollouts.keys()].filter((i) => isUnscored(rollouts[i]!));
    const responses = asked.map((i) => responseParts(tree, lastOf.get(i)!));
    const results = await this.link.askScores({ dataset: datasetOf(tree.place), example: tree.example, responses });
    const own = new Map(asked.map((i, at) => [i, scoreOf(results[at]!)]));
    const scores_G = tree.trajectories.map(({ finishReason, rollout: i }): Score => {
      const { ended, calls } = rollouts[i!]!;
      if (finishReason === 'infra_error')
        return unscored('infra_error', ended?.message ?? (calls.length === 0 ? NO_CALL : null));
      if (finishReason === 'length' && maskTruncated) return unscored('masked', null);
      return own.get(i!) ?? { ...unscored('scored', null), reward: ended?.reward ?? null, formatValid: true };
    });
    return { tree, scores_G };
  }
}

/** Plans of the calls of a step's rollouts: sampled as the run says, with draws of their own, and kept to be learnt from. */
class AgentPlans implements ChatPlanner {
  private readonly sampler: Sampler;
  private readonly byPlace: ReadonlyMap<number, AgentGroup>;

  constructor(
    private readonly model: LoadedModel,
    private readonly spec: PolicyRunSpec,
    groups: readonly AgentGroup[],
    private readonly questions: Questions,
  ) {
    const { temperature, top_p, entropy } = spec.rollout;
    this.sampler = new Sampler(model.policy.config.vocabSize, temperature, top_p, entropy);
    this.byPlace = new Map(groups.map((group) => [group.task.place, group]));
  }

  /** Null for one that is not of this step. */
  rolloutOf({ step, tree, index }: NonNullable<ChatRequest['rollout']>): OpenRollout | null {
    return step === this.questions.step ? (this.byPlace.get(tree)?.rollouts[index] ?? null) : null;
  }

  plan({ rollout: slot, n, max_tokens }: ChatRequest, prompt: Int32Array): ChatPlan {
    const rollout = slot && this.rolloutOf(slot);
    if (!slot || !rollout || rollout.ended) throw new ChatRefusal('the rollout has ended: ask for another');
    if (rollout.answers + n > MAX_ANSWERS)
      throw new ChatRefusal(`a rollout has at most ${MAX_ANSWERS} answers: finish it`);
    const added = newTokens(prompt, rollout.calls);
    const maxTokens = this.room(rollout, prompt, added, n, max_tokens);
    const first = rollout.answers;
    rollout.answers += n;
    rollout.tokens += added + n * maxTokens;
    let kept = 0;
    const answers = Array.from({ length: n }, () => this.newAnswer());
    return {
      maxTokens,
      sampler: this.sampler,
      // The answers of a rollout take the place of the trajectories of a group.
      draw: (choice, position) =>
        this.questions.draws.token(slot.tree, slot.index * MAX_ANSWERS + first + choice, position),
      wrote: (choice, { token, logprob, entropy }) => {
        this.questions.meter.sampled(1);
        const { segment, textOf } = answers[choice]!;
        segment.push(token, logprob, entropy, textOf(token));
      },
      ended: (choice, reason) => {
        const { segment, finish } = answers[choice]!;
        segment.text += finish();
        rollout.calls.push({ prompt, answer: segment, reason });
        kept += segment.length + (kept === 0 ? added : 0);
      },
      closed: () => {
        rollout.tokens += kept - added - n * maxTokens;
      },
    };
  }

  /** Tokens that each answer may have. @param added tokens of the prompt that no earlier call has */
  private room(rollout: OpenRollout, prompt: Int32Array, added: number, n: number, asked: number | null): number {
    const { max_prompt_tokens, max_response_tokens } = this.spec.rollout;
    const limit = max_prompt_tokens + max_response_tokens;
    const needed = rollout.tokens + added;
    const left = Math.floor((limit - needed) / n);
    if (left < 1) {
      throw new ChatRefusal(
        `the calls of the rollout have ${needed} tokens, each shared one once, and may have ${limit} with their answers: finish it, or raise rollout.max_prompt_tokens`,
      );
    }
    const context = this.model.policy.config.maxPositions - prompt.length;
    return Math.min(left, context, max_response_tokens, asked ?? max_response_tokens);
  }

  private newAnswer() {
    const { tokenizer, control } = this.model.renderer;
    const decoder = new IncrementalDecoder(tokenizer);
    return {
      segment: new ModelSegment(),
      // A reward does not see control tokens.
      textOf: (token: number) => (control.has(token) ? decoder.finish() : decoder.push(token)),
      finish: () => decoder.finish(),
    };
  }
}

const NO_CALL = 'the agent has not asked the policy anything';

/** Whether the run's own reward is to be asked. */
const isUnscored = ({ ended, calls }: OpenRollout): boolean =>
  ended?.outcome === 'finished' && ended.reward === null && calls.length > 0;
