/**
 * Writes the rollouts of many prompts at once: one decode step gives one token to every trajectory that can go on. Not the algorithm:
 * where trees branch is in `algorithms/branching.ts`.
 *
 * The schedule is a function of the sampled tokens alone, never of how long a tool took. Every JOIN_EVERY decode steps is a join point; only there
 * does the batch get new rows: tool results whose call is at least JOIN_EVERY steps old (the batch waits for those that are late),
 * trajectories that a tree owes its prompt, forks, fill-ups, new prompts, in this order. Rows leave at once. When nothing can be decoded the clock jumps to the next join point.
 */
import type { DecodeRow } from '../../engine/index.js';
import type { FinishReason } from '../../spec/enums.js';
import { callsOn, type ToolExchange, type Tree } from '../trees/tree.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { BudgetReached } from '../budget.js';
import type { ToolAnswer } from '../link.js';
import type { PromptTask } from '../trees/prompt-task.js';
import { whyNotMade } from './call-limits.js';
import type { RolloutContext } from './context.js';
import { fitResult } from './fit-result.js';
import { CachedPath, type SlotStore } from './kv-cache.js';
import { lengthGroups } from './length-groups.js';
import type { DrawnToken, History } from './history.js';
import { LiveTrajectory } from './live-trajectory.js';
import { ModelSegment } from './model-segment.js';
import { Sampler } from './sampler.js';
import { Summaries } from './summaries.js';
import type { ToolCall } from './tool-grammar.js';
import { TreeGrowth, type ForkPoint } from './tree-growth.js';

/** Decode steps between join points, and the least age of a call whose result joins. */
const JOIN_EVERY = 8;

/** A result of which the policy sees nothing. */
const NOTHING = { tokens: new Int32Array(), text: '' };

/** In the place of an answer that does not come any more. */
const UNANSWERED = { outcome: 'infra_error', text: 'the run ended before the tool answered', latencyMs: 0 } as const;

/** What the policy is told of a call that is not made. */
const notMade = (text: string): ToolAnswer => ({ outcome: 'program_error', text, latencyMs: 0 });

/** The calls of one turn, which are carried out one after the other. */
interface WaitingCalls {
  trajectory: LiveTrajectory;
  calls: readonly { call: ToolCall; id: string; answer: Promise<ToolAnswer> }[];
  /** The join point at which the results rejoin. */
  due: number;
}

interface Feeding<Subject> {
  subject: Subject;
  path: CachedPath;
  tokens: Int32Array;
  row: DecodeRow;
}

/** Rolls out all prompts and yields each tree when it is complete: a pure unit of work of policy, prompts, settings and draws. */
export function rollout<Store extends SlotStore>(
  prompts: readonly PromptTask[],
  context: RolloutContext<Store>,
): AsyncGenerator<Tree, void, void> {
  return new Scheduler(prompts, context).run();
}

class Scheduler<Store extends SlotStore> {
  private step = 0;
  private active: LiveTrajectory[] = [];
  private waiting: WaitingCalls[] = [];
  private growing: TreeGrowth[] = [];
  /** Trajectories that have not ended. */
  private readonly live = new Set<LiveTrajectory>();
  private admitted = 0;
  private ended = 0;
  private readonly sampler: Sampler;
  private readonly summaries: Summaries<Store> | null;

  constructor(
    private readonly prompts: readonly PromptTask[],
    private readonly context: RolloutContext<Store>,
  ) {
    const { policy, settings } = context;
    this.sampler = new Sampler(policy.config.vocabSize, settings.temperature, settings.topP, settings.entropy);
    this.summaries = context.summaries && new Summaries(context.summaries, context);
  }

  /** Where a budget ends, or the run is cancelled, the trees that are not complete come too, as they are, before the error. */
  async *run(): AsyncGenerator<Tree, void, void> {
    try {
      yield* this.grow();
    } catch (error) {
      if (!(error instanceof BudgetReached) && !this.context.signal.aborted) throw error;
      yield* await this.abandon();
      throw error;
    }
  }

  private async *grow(): AsyncGenerator<Tree, void, void> {
    for (;;) {
      if (this.step % JOIN_EVERY === 0) await this.join();
      yield* this.takeComplete();
      if (this.active.length > 0) await this.decode();
      else if (this.growing.length === 0 && this.admitted === this.prompts.length) return;
      else this.step = nextJoin(this.step);
      await yieldToEventLoop();
      this.context.signal.throwIfAborted();
      this.context.meter.check();
    }
  }

  /** One token for every active trajectory. */
  private async decode(): Promise<void> {
    const { context, active } = this;
    const rows = active.map(({ path, segment }): DecodeRow => {
      path.extend(1);
      const depth = path.length - 1;
      return { tokens: segment.last, prefix: path.slots(0, depth), slots: path.slots(depth) };
    });
    const logits = await context.policy.extend(context.store, rows);
    active.forEach((trajectory, b) => {
      this.sampler.read(logits, b);
      this.accept(trajectory, this.nextToken(trajectory));
    });
    this.active = active.filter((trajectory) => trajectory.decoding);
    this.step += 1;
  }

  /** New rows enter the batch here and nowhere else. */
  private async join(): Promise<void> {
    await this.takeToolResults();
    for (const growth of this.growing) this.startAtPrompt(growth, growth.takeStarts());
    this.fork();
    this.fillUp();
    await this.admitPrompts();
    this.active = this.active.filter((trajectory) => trajectory.decoding);
    this.context.onProgress?.(this.ended / (this.prompts.length * this.context.settings.groupSize));
  }

  private async takeToolResults(): Promise<void> {
    const due = this.waiting.filter((waiting) => waiting.due <= this.step && this.mayRejoin(waiting));
    if (due.length === 0) return;
    const from = performance.now();
    const answers = await Promise.all(due.map(({ calls }) => Promise.all(calls.map(({ answer }) => answer))));
    this.context.onToolWait?.((performance.now() - from) / 1000);
    await this.summarise(answers.flat());
    this.waiting = this.waiting.filter((waiting) => !due.includes(waiting));
    const feedings = due.flatMap((waiting, i) => this.receive(waiting, answers[i]!) ?? []);
    await this.feed(feedings, (trajectory) => this.resume(trajectory));
  }

  /** Where a tool has the policy write its result, everything else stands still while that is written. */
  private async summarise(answers: readonly ToolAnswer[]): Promise<void> {
    const texts = answers.flatMap(({ outcome, text }) => (outcome === 'to_summarise' ? [text] : []));
    if (texts.length === 0) return;
    if (!this.summaries) throw new Error('a tool asks for a summary, and no tool of the spec has the policy write one');
    await this.summaries.make(texts);
  }

  /** What the policy reads as the answer. */
  private answerOf({ outcome, text, latencyMs }: ToolAnswer): Omit<ToolExchange, 'name' | 'input' | 'span' | 'call'> {
    if (outcome !== 'to_summarise') return { outcome, text, latencyMs, summaryTokens: 0 };
    const summary = this.summaries?.take(text);
    const written: Pick<ToolExchange, 'outcome' | 'text'> =
      summary?.text == null ? UNANSWERED : { outcome: 'ok', text: summary.text };
    return { ...written, latencyMs, summaryTokens: summary?.tokens ?? 0 };
  }

  /** In lock step a result waits until the round is over: nobody of its group still writes, and all their results are due. */
  private mayRejoin({ trajectory: { growth } }: WaitingCalls): boolean {
    if (this.context.settings.branching?.branching !== 'lock_step') return true;
    const writes = this.active.some((trajectory) => trajectory.growth === growth);
    return !writes && this.waiting.every((other) => other.trajectory.growth !== growth || other.due <= this.step);
  }

  /** Puts results into the tree. Returns what must be fed before the trajectory can go on; nothing if it has ended. */
  private receive({ trajectory, calls }: WaitingCalls, answers: readonly ToolAnswer[]): Feeding<LiveTrajectory> | null {
    const { growth, path, history, segment } = trajectory;
    const { renderer, settings } = this.context;
    const read: number[] = [];
    for (const [i, { call, id }] of calls.entries()) {
      const answer = this.answerOf(answers[i]!);
      const exchange = { name: call.tool, input: call.input, span: call.span, call: id, ...answer };
      if (answer.outcome === 'infra_error') {
        const leaf = growth.addToolResult(trajectory.segmentIndex, NOTHING, exchange);
        this.end(trajectory, leaf, 'infra_error');
        return null;
      }
      const room = { limit: settings.maxResultTokens, left: settings.maxResponseTokens - history.length };
      const place = { first: i === 0, last: i === calls.length - 1 };
      const result = fitResult(renderer, answer.text, place, room, settings.resultPrefix);
      trajectory.segmentIndex = growth.addToolResult(trajectory.segmentIndex, result ?? NOTHING, exchange);
      history.length += result?.tokens.length ?? 0;
      if (result === null || history.length >= settings.maxResponseTokens) {
        this.end(trajectory, trajectory.segmentIndex, 'length');
        return null;
      }
      read.push(...result.tokens);
    }
    const depth = path.length;
    path.extend(1);
    path.enter();
    path.extend(read.length);
    return feeding(trajectory, path, depth, Int32Array.of(...segment.last, ...read));
  }

  /** The policy has read the tool's result: the trajectory goes on, and others may fork from here. */
  private resume(trajectory: LiveTrajectory): void {
    const { growth, path, history, index, segmentIndex: toolSegment } = trajectory;
    const { settings, draws } = this.context;
    const calling = trajectory.segment;
    trajectory.segment = new ModelSegment();
    trajectory.segmentIndex = growth.open(toolSegment, false);
    if (settings.branching && growth.missing > 0) {
      const { branching, branch_factor: attempts, probe } = settings.branching;
      const most = branching === 'deferred' ? growth.missing : attempts;
      const firstTokens = Array.from({ length: most }, (_, attempt) =>
        this.draw(draws.forkedToken(growth.tree.place, index, history.calls, attempt)),
      );
      const snapshot = { ...history };
      const point = { trajectory: index, toolSegment, path: path.fork(), history: snapshot, firstTokens };
      const probed = probe === 'before_result' ? calling : trajectory.segment;
      growth.addForkPoint({ ...point, probed, nextSegment: trajectory.segmentIndex });
    }
    path.enter();
    trajectory.decoding = true;
    this.active.push(trajectory);
    this.accept(trajectory, this.nextToken(trajectory));
  }

  private fork(): void {
    const rule = this.context.settings.branching;
    if (!rule) return;
    for (const growth of this.growing) {
      for (const { point, forks } of growth.decideForks(rule, this.context.draws, this.step)) {
        for (let attempt = 0; attempt < forks; attempt++) this.startFork(growth, point, point.firstTokens[attempt]!);
        point.path.release();
      }
    }
  }

  private startFork(growth: TreeGrowth, { path, history, toolSegment }: ForkPoint, first: DrawnToken): void {
    this.start(growth, path.fork(), history, growth.open(toolSegment, true), first);
  }

  /** A tree whose trajectories have all ended before there were enough gets missing ones from the prompt: the next one, which may fork, or all at once. */
  private fillUp(): void {
    const { fill } = this.context.settings;
    for (const growth of this.growing) {
      if (!growth.exhausted) continue;
      this.startAtPrompt(growth, fill === 'serial' ? Math.min(1, growth.missing) : growth.missing);
    }
  }

  private startAtPrompt(growth: TreeGrowth, count: number): void {
    for (let i = 0; i < count; i++) {
      const first = growth.firstTokens[growth.begun]!;
      const history = { calls: 0, made: new Map<string, number>(), length: 0, baseline: null };
      this.start(growth, growth.root.fork(), history, growth.open(0, false), first);
    }
  }

  private start(growth: TreeGrowth, path: CachedPath, inherited: History, segment: number, first: DrawnToken): void {
    const { language, baselines } = this.context;
    const baseline = baselines ? baselines.of(growth.tree.place, growth.begun) : inherited.baseline;
    const trajectory = new LiveTrajectory(growth, growth.begun, path, { ...inherited, baseline }, language);
    growth.begun += 1;
    growth.live += 1;
    this.live.add(trajectory);
    path.enter();
    trajectory.segmentIndex = segment;
    this.active.push(trajectory);
    this.accept(trajectory, first);
  }

  private async admitPrompts(): Promise<void> {
    const { prompts, context } = this;
    const { groupSize, initial } = context.settings;
    const feedings: Feeding<PromptTask>[] = [];
    // Room is kept for all that a tree may still begin.
    let rows = this.growing.reduce((sum, growth) => sum + growth.live + growth.missing, 0);
    for (; this.admitted < prompts.length && (rows === 0 || rows + groupSize <= context.mostRows); this.admitted++) {
      const task = prompts[this.admitted]!;
      const path = CachedPath.root(context.cache);
      path.extend(task.prompt.tokens.length);
      feedings.push(feeding(task, path, 0, task.prompt.tokens));
      rows += groupSize;
    }
    await this.feed(feedings, ({ place, example, prompt }, root) => {
      const { settings, policy, draws } = context;
      const firstTokens = Array.from({ length: settings.groupSize }, (_, i) => this.draw(draws.firstToken(place, i)));
      const growth = new TreeGrowth(place, example, prompt, root, firstTokens, settings, policy.config.vocabSize);
      this.growing.push(growth);
      this.startAtPrompt(growth, initial);
    });
  }

  /** Feeds rows of several tokens, grouped by length; the sampler holds each subject's logits when `then` is called. */
  private async feed<Subject>(
    feedings: readonly Feeding<Subject>[],
    then: (subject: Subject, path: CachedPath) => void,
  ): Promise<void> {
    const { policy, store } = this.context;
    for (const group of lengthGroups(feedings, ({ tokens }) => tokens.length)) {
      const logits = await policy.extend(
        store,
        group.map(({ row }) => row),
      );
      group.forEach(({ subject, path }, b) => {
        this.sampler.read(logits, b);
        then(subject, path);
      });
      await yieldToEventLoop();
    }
  }

  private nextToken({ growth, index, history, forced }: LiveTrajectory): DrawnToken {
    if (forced !== null) return this.drawn(forced);
    return this.draw(this.context.draws.token(growth.tree.place, index, history.length));
  }

  private draw(quantile: number): DrawnToken {
    return this.drawn(this.sampler.choose(quantile));
  }

  private drawn(token: number): DrawnToken {
    return { token, logprob: this.sampler.logprob(token), entropy: this.sampler.entropy(token) };
  }

  private accept(trajectory: LiveTrajectory, drawn: DrawnToken): void {
    this.context.meter.sampled(1);
    const turn = trajectory.write(drawn, this.context.settings);
    if (turn.kind === 'goes_on') return;
    trajectory.decoding = false;
    trajectory.growth.close(trajectory);
    const { growth, index, history } = trajectory;
    this.context.baselines?.note(growth.tree.place, index, history.baseline!);
    if (turn.kind === 'calls') this.callTools(trajectory, turn.calls);
    else this.end(trajectory, trajectory.segmentIndex, turn.reason);
  }

  private callTools(trajectory: LiveTrajectory, turn: readonly ToolCall[]): void {
    const { growth, index, history, segmentIndex } = trajectory;
    const { tree } = growth;
    const { meter, callTool, callLimits: perTool, settings } = this.context;
    const limits = { perTurn: settings.maxCallsPerTurn, perTool };
    const previous = callsOn(tree, segmentIndex);
    let before: Promise<unknown> | null = null;
    const calls = turn.map((call, place) => {
      history.calls += 1;
      meter.calledTool();
      const id = `${tree.place}/${index}/${history.calls}`;
      const { tool, input, format } = call;
      const request = { call: id, tool, input, format, previous: [...previous], example: tree.example };
      previous.push(id);
      const refusal = whyNotMade(tool, place, history.made, limits);
      if (refusal === null) history.made = new Map(history.made).set(tool, (history.made.get(tool) ?? 0) + 1);
      const ask = () => (refusal === null ? callTool(request) : Promise.resolve(notMade(refusal)));
      const answer: Promise<ToolAnswer> = before ? before.then(ask) : ask();
      // Whoever takes the result sees the failure; until then it must not count as unhandled.
      answer.catch(() => {});
      before = answer;
      return { call, id, answer };
    });
    this.waiting.push({ trajectory, calls, due: nextJoin(this.step + JOIN_EVERY - 1) });
  }

  private end(trajectory: LiveTrajectory, leaf: number, finishReason: FinishReason): void {
    const { growth, index, path } = trajectory;
    growth.tree.trajectories[index] = { leaf, finishReason };
    growth.live -= 1;
    this.live.delete(trajectory);
    this.ended += 1;
    path.release();
  }

  /** Ends all trajectories where they are. Calls that were made are waited for, and recorded also where no answer comes any more. */
  private async abandon(): Promise<Tree[]> {
    for (const waiting of this.waiting) {
      const answers = await Promise.allSettled(waiting.calls.map(({ answer }) => answer));
      this.receive(
        waiting,
        answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : UNANSWERED)),
      );
    }
    for (const trajectory of this.live) {
      if (!trajectory.segment.closed) trajectory.growth.close(trajectory);
      this.end(trajectory, trajectory.segmentIndex, 'unfinished');
    }
    return this.growing.map(({ tree }) => tree);
  }

  private *takeComplete(): Generator<Tree, void, void> {
    const complete = this.growing.filter((growth) => growth.complete);
    if (complete.length === 0) return;
    this.growing = this.growing.filter((growth) => !growth.complete);
    for (const { root, tree } of complete) {
      root.release();
      yield tree;
    }
  }
}

/** The first join point after a decode step. */
function nextJoin(step: number): number {
  return (Math.floor(step / JOIN_EVERY) + 1) * JOIN_EVERY;
}

/** `tokens` go after the first `depth` tokens of the path, which has slots for them. */
function feeding<Subject>(subject: Subject, path: CachedPath, depth: number, tokens: Int32Array): Feeding<Subject> {
  return { subject, path, tokens, row: { tokens, prefix: path.slots(0, depth), slots: path.slots(depth) } };
}
