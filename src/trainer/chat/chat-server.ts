/**
 * Answers many chats at once with one model: each decoding step gives a token to every answer that is being written, whoever asked for it. A chat joins between two
 * steps. What an answer says depends on its request alone, never on what else is in the batch, so that the same seed gives the same answer. How a chat is sampled,
 * and what becomes of its tokens beside the answer, is its plan.
 */
import {
  ChatTemplateError,
  KeyValueStore,
  type DecodeRow,
  type Policy,
  type Store,
  type Tokenizer,
} from '../../engine/index.js';
import type { ChatEvent, ChatRequest, ChatToken } from '../../spec/chat.js';
import { TRAINER_FAILURES } from '../../protocol/failures.js';
import type { ErrorCategory } from '../../spec/enums.js';
import type { CallSyntax } from '../../spec/prompt.js';
import { TrainerFailure } from '../failure.js';
import type { Link } from '../link.js';
import { CachedPath, KvCache } from '../rollout/kv-cache.js';
import { lengthGroups } from '../rollout/length-groups.js';
import { MAX_CACHE_BYTES, MAX_ROWS } from '../rollout/rollout-runner.js';
import type { DrawnToken } from '../rollout/history.js';
import type { Sampler } from '../rollout/sampler.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { Answer } from './answer.js';
import { Dialect } from './dialect.js';
import { kept } from './kept.js';

/** Dialects that are kept: one for each set of tools that was asked with lately. */
const MAX_DIALECTS = 32;

/** A chat cannot be answered, and whoever asks can do something about it. */
export class ChatRefusal extends Error {
  override readonly name = 'ChatRefusal';
}

/** How the answers to one chat are sampled. */
export interface ChatPlan {
  /** Of each answer, at most. */
  readonly maxTokens: number;
  readonly sampler: Sampler;
  /** Uniform in [0, 1), of the token at a position of an answer. */
  draw(choice: number, position: number): number;
  /** Told of each token of an answer. */
  wrote?(choice: number, token: DrawnToken): void;
  /** Told when all of an answer was told. */
  ended?(choice: number, reason: 'stop' | 'length'): void;
  /** Told once, when the chat is over, whole or not. */
  closed?(): void;
}

/** Makes plans: of what is served, or of what is learnt from. */
export interface ChatPlanner {
  /** @throws {ChatRefusal} */
  plan(request: ChatRequest, prompt: Int32Array): ChatPlan;
}

interface Chat {
  readonly request: ChatRequest;
  readonly dialect: Dialect;
  readonly prompt: Int32Array;
  readonly plan: ChatPlan;
  /** Answers that have not ended. */
  open: number;
  written: number;
}

interface Row {
  readonly chat: Chat;
  readonly choice: number;
  readonly answer: Answer;
  readonly path: CachedPath;
  last: Int32Array;
}

export class ChatServer {
  private readonly store: Store;
  private cache: KvCache;
  private readonly dialects = new Map<string, Dialect>();
  private waiting: Chat[] = [];
  private rows: Row[] = [];
  private events: ChatEvent[] = [];

  constructor(
    private readonly policy: Policy,
    private readonly tokenizer: Tokenizer,
    private readonly calls: CallSyntax | null,
    private readonly planner: ChatPlanner,
    private readonly link: Pick<Link, 'chat'>,
  ) {
    this.store = policy.newStore();
    this.cache = new KvCache(this.store);
  }

  /** Whether everything has been answered. */
  get isIdle(): boolean {
    return this.rows.length === 0 && this.waiting.length === 0;
  }

  /** One decoding step, of all answers there is room for. */
  async turn(): Promise<void> {
    await this.admit();
    if (this.rows.length > 0) await this.decode();
    this.link.chat(this.events);
    this.events = [];
    await yieldToEventLoop();
  }

  /** What the keys and values took is given back, and the weights stay. To be called when it is idle. */
  forget(): void {
    this.store.clear();
    this.cache = new KvCache(this.store);
  }

  /** A chat waits for its turn from here on. */
  begin(request: ChatRequest): void {
    try {
      this.waiting.push(this.prepare(request));
    } catch (error) {
      this.fail(request, error);
    }
  }

  private prepare(request: ChatRequest): Chat {
    const { maxPositions: context } = this.policy.config;
    const dialect = this.dialectFor(request);
    const prompt = dialect.prompt(request.messages);
    const left = context - prompt.length;
    if (left < 1) {
      throw new TrainerFailure(
        'context_exceeded',
        `the messages have ${prompt.length} tokens, and the model's context is ${context}: send fewer`,
      );
    }
    const plan = this.planner.plan(request, prompt);
    const slots = prompt.length + request.n * plan.maxTokens;
    if (slots > this.maxSlots || request.n > MAX_ROWS) {
      plan.closed?.();
      throw new TrainerFailure(
        'insufficient_memory',
        `the messages and ${request.n} answers of up to ${plan.maxTokens} tokens are ${slots} tokens, and ${this.maxSlots} are kept at most: lower max_tokens or n`,
      );
    }
    return { request, dialect, prompt, plan, open: request.n, written: 0 };
  }

  /** Feeds the prompts of the chats that there is room for, the longest waiting first, and draws the first token of each answer. */
  private async admit(): Promise<void> {
    const admitted: { chat: Chat; root: CachedPath }[] = [];
    let [answers, slots] = [this.rows.length, this.promised];
    for (const chat of this.waiting) {
      const needed = chat.prompt.length + chat.request.n * chat.plan.maxTokens;
      if (answers + chat.request.n > MAX_ROWS || slots + needed > this.maxSlots) break;
      answers += chat.request.n;
      slots += needed;
      const root = CachedPath.root(this.cache);
      root.extend(chat.prompt.length);
      admitted.push({ chat, root });
    }
    this.waiting = this.waiting.slice(admitted.length);
    for (const group of lengthGroups(admitted, ({ chat }) => chat.prompt.length)) {
      const fed = group.map(({ chat, root }): DecodeRow => ({
        tokens: chat.prompt,
        prefix: root.slots(0, 0),
        slots: root.slots(0),
      }));
      const logits = await this.policy.extend(this.store, fed);
      group.forEach(({ chat, root }, b) => {
        const rows = Array.from({ length: chat.request.n }, (_, choice) => this.rowOf(chat, choice, root));
        root.release();
        this.rows.push(...rows);
        for (const row of rows) this.draw(row, logits, b);
      });
      await yieldToEventLoop();
    }
    this.leaveEnded();
  }

  /** One token for every answer that is being written. */
  private async decode(): Promise<void> {
    const { rows } = this;
    const fed = rows.map(({ path, last }): DecodeRow => {
      path.extend(1);
      const depth = path.length - 1;
      return { tokens: last, prefix: path.slots(0, depth), slots: path.slots(depth) };
    });
    const logits = await this.policy.extend(this.store, fed);
    rows.forEach((row, b) => this.draw(row, logits, b));
    this.leaveEnded();
  }

  private rowOf(chat: Chat, choice: number, root: CachedPath): Row {
    const path = root.fork();
    path.enter();
    const answer = new Answer(chat.request, choice, chat.dialect, chat.plan.maxTokens);
    return { chat, choice, answer, path, last: new Int32Array(1) };
  }

  /** The next token of an answer, from row `b` of the logits. */
  private draw(row: Row, logits: Float32Array, b: number): void {
    const { chat, choice, answer } = row;
    const { plan, request } = chat;
    const { sampler } = plan;
    if (chat.open === 0) return;
    try {
      sampler.read(logits, b);
    } catch (error) {
      this.fail(request, error);
      this.close(chat);
      return;
    }
    const token = sampler.choose(plan.draw(choice, answer.length));
    row.last = Int32Array.of(token);
    chat.written += 1;
    plan.wrote?.(choice, { token, logprob: sampler.logprob(token), entropy: sampler.entropy(token) });
    const event = answer.write(
      token,
      request.top_logprobs === null ? null : this.shown(sampler, token, request.top_logprobs),
    );
    if (event === null) return;
    this.events.push(event);
    if (event.kind !== 'ended') return;
    row.last = NOTHING;
    plan.ended?.(choice, event.finish_reason === 'length' ? 'length' : 'stop');
    chat.open -= 1;
    if (chat.open > 0) return;
    plan.closed?.();
    const [prompt_tokens, completion_tokens] = [chat.prompt.length, chat.written];
    this.events.push({ kind: 'finished', request: request.request, prompt_tokens, completion_tokens });
  }

  private leaveEnded(): void {
    const isOver = ({ chat, last }: Row) => last === NOTHING || chat.open === 0;
    for (const row of this.rows) if (isOver(row)) row.path.release();
    this.rows = this.rows.filter((row) => !isOver(row));
  }

  private shown(sampler: Sampler, token: number, most: number): ChatToken {
    const described = (id: number) => ({
      token: this.tokenizer.decode([id]),
      bytes: [...this.tokenizer.tokenBytes(id)],
      logprob: sampler.logprob(id),
    });
    return { ...described(token), top_logprobs: sampler.mostProbable(most).map(described) };
  }

  /** Nobody waits for it any more. */
  drop(id: string): void {
    this.end(({ request }) => request === id);
  }

  /** Those chats are answered with an error. */
  refuse(which: (request: ChatRequest) => boolean, why: ChatRefusal): void {
    for (const request of this.end(which)) this.fail(request, why);
    this.link.chat(this.events);
    this.events = [];
  }

  private end(which: (request: ChatRequest) => boolean): ChatRequest[] {
    const chats = new Set([...this.waiting, ...this.rows.map(({ chat }) => chat)]);
    const ending = [...chats].filter(({ request }) => which(request));
    this.waiting = this.waiting.filter((chat) => !ending.includes(chat));
    for (const chat of ending) this.close(chat);
    this.leaveEnded();
    return ending.map(({ request }) => request);
  }

  private close(chat: Chat): void {
    if (chat.open > 0) chat.plan.closed?.();
    chat.open = 0;
  }

  private fail({ request }: ChatRequest, error: unknown): void {
    this.events.push({ kind: 'failed', request, ...failureOf(error) });
  }

  /** Slots that the answers under way may still come to take, those they have included. */
  private get promised(): number {
    return this.rows.reduce((sum, { chat }) => sum + chat.prompt.length + chat.plan.maxTokens, 0);
  }

  private get maxSlots(): number {
    return Math.floor(MAX_CACHE_BYTES / KeyValueStore.bytesPerSlot(this.policy.config));
  }

  private dialectFor({ tools }: ChatRequest): Dialect {
    return kept(this.dialects, JSON.stringify(tools), MAX_DIALECTS, () => {
      return new Dialect(this.tokenizer, this.policy.config.eosTokenIds, tools, this.calls);
    });
  }
}

/** The last token of an answer that has ended. */
const NOTHING = new Int32Array();

function failureOf(error: unknown): { category: ErrorCategory; message: string } {
  if (error instanceof TrainerFailure) return { category: TRAINER_FAILURES[error.code], message: error.message };
  if (error instanceof ChatTemplateError || error instanceof ChatRefusal)
    return { category: 'user', message: error.message };
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return { category: 'server', message: error instanceof Error ? error.message : String(error) };
}
