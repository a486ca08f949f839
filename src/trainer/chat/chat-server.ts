/**
 * Answers many chats at once with one model: each decoding step gives a token to every answer that is being written, whoever asked for it. A chat joins between two
 * steps. What an answer says depends on its request alone, never on what else is in the batch, so that the same seed gives the same answer.
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
import { RolloutDraws } from '../draws.js';
import { TrainerFailure } from '../failure.js';
import type { Link } from '../link.js';
import { CachedPath, KvCache } from '../rollout/kv-cache.js';
import { lengthGroups } from '../rollout/length-groups.js';
import { MAX_CACHE_BYTES, MAX_ROWS } from '../rollout/rollout-runner.js';
import { Sampler } from '../rollout/sampler.js';
import { yieldToEventLoop } from '../yield-to-event-loop.js';
import { Answer } from './answer.js';
import { Dialect } from './dialect.js';

/** Of an answer whose request names no limit. */
const DEFAULT_MAX_TOKENS = 4096;
/** Dialects that are kept: one for each set of tools that was asked with lately. */
const MAX_DIALECTS = 32;

interface Chat {
  readonly request: ChatRequest;
  readonly dialect: Dialect;
  readonly prompt: Int32Array;
  /** Of each answer. */
  readonly maxTokens: number;
  readonly sampler: Sampler;
  readonly draws: RolloutDraws;
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
  private readonly samplers = new Map<string, Sampler>();
  private waiting: Chat[] = [];
  private rows: Row[] = [];
  private events: ChatEvent[] = [];
  private closing = false;

  constructor(
    private readonly policy: Policy,
    private readonly tokenizer: Tokenizer,
    private readonly calls: CallSyntax | null,
    private readonly link: Link,
  ) {
    this.store = policy.newStore();
    this.cache = new KvCache(this.store);
  }

  /** Returns once it has been told to close and everything has been answered. */
  async run(): Promise<void> {
    const { link } = this;
    for (;;) {
      this.hear();
      await this.admit();
      if (this.rows.length > 0) await this.decode();
      link.chat(this.events);
      this.events = [];
      if (this.rows.length === 0 && this.waiting.length === 0) {
        if (this.closing) return;
        this.forget();
        await link.chats.arrived(link.signal);
      }
      await yieldToEventLoop();
      link.signal.throwIfAborted();
    }
  }

  private hear(): void {
    for (const command of this.link.chats.take()) {
      if (command.type === 'close') this.closing = true;
      else if (command.type === 'chat') this.begin(command.chat);
      else this.drop(command.request);
    }
  }

  private begin(request: ChatRequest): void {
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
    const maxTokens = Math.min(left, request.max_tokens ?? DEFAULT_MAX_TOKENS);
    const slots = prompt.length + request.n * maxTokens;
    if (slots > this.maxSlots || request.n > MAX_ROWS) {
      throw new TrainerFailure(
        'insufficient_memory',
        `the messages and ${request.n} answers of up to ${maxTokens} tokens are ${slots} tokens, and ${this.maxSlots} are kept at most: lower max_tokens or n`,
      );
    }
    const { temperature, top_p: topP, seed } = request;
    const sampler = this.samplerFor(temperature, topP);
    return {
      request,
      dialect,
      prompt,
      maxTokens,
      sampler,
      draws: new RolloutDraws(seed, 0),
      open: request.n,
      written: 0,
    };
  }

  /** Feeds the prompts of the chats that there is room for, the longest waiting first, and draws the first token of each answer. */
  private async admit(): Promise<void> {
    const admitted: { chat: Chat; root: CachedPath }[] = [];
    let [answers, slots] = [this.rows.length, this.promised];
    for (const chat of this.waiting) {
      const needed = chat.prompt.length + chat.request.n * chat.maxTokens;
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
    const answer = new Answer(chat.request, choice, chat.dialect, chat.maxTokens);
    return { chat, choice, answer, path, last: new Int32Array(1) };
  }

  /** The next token of an answer, from row `b` of the logits. */
  private draw(row: Row, logits: Float32Array, b: number): void {
    const { chat, choice, answer } = row;
    const { sampler, draws, request } = chat;
    if (chat.open === 0) return;
    try {
      sampler.read(logits, b);
    } catch (error) {
      this.fail(request, error);
      chat.open = 0;
      return;
    }
    const token = sampler.choose(draws.token(0, choice, answer.length));
    row.last = Int32Array.of(token);
    chat.written += 1;
    const event = answer.write(
      token,
      request.top_logprobs === null ? null : this.shown(sampler, token, request.top_logprobs),
    );
    if (event === null) return;
    this.events.push(event);
    if (event.kind !== 'ended') return;
    row.last = NOTHING;
    chat.open -= 1;
    if (chat.open > 0) return;
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

  private drop(id: string): void {
    this.waiting = this.waiting.filter(({ request }) => request.request !== id);
    for (const { chat } of this.rows) if (chat.request.request === id) chat.open = 0;
    this.leaveEnded();
  }

  private fail({ request }: ChatRequest, error: unknown): void {
    this.events.push({ kind: 'failed', request, ...failureOf(error) });
  }

  /** Slots that the answers under way may still come to take, those they have included. */
  private get promised(): number {
    return this.rows.reduce((sum, { chat }) => sum + chat.prompt.length + chat.maxTokens, 0);
  }

  private get maxSlots(): number {
    return Math.floor(MAX_CACHE_BYTES / KeyValueStore.bytesPerSlot(this.policy.config));
  }

  /** Nobody asks anything: what the keys and values took is given back, and the weights stay. */
  private forget(): void {
    this.store.clear();
    this.cache = new KvCache(this.store);
  }

  private dialectFor({ tools }: ChatRequest): Dialect {
    return kept(this.dialects, JSON.stringify(tools), () => {
      return new Dialect(this.tokenizer, this.policy.config.eosTokenIds, tools, this.calls);
    });
  }

  private samplerFor(temperature: number, topP: number): Sampler {
    const { vocabSize } = this.policy.config;
    return kept(this.samplers, `${temperature}/${topP}`, () => new Sampler(vocabSize, temperature, topP));
  }
}

/** The last token of an answer that has ended. */
const NOTHING = new Int32Array();

/** What is in the map, or is put there; the oldest makes room. */
function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  const [oldest] = map.keys();
  if (map.size > MAX_DIALECTS && oldest !== undefined) map.delete(oldest);
  return found;
}

function failureOf(error: unknown): { category: ErrorCategory; message: string } {
  if (error instanceof TrainerFailure) return { category: TRAINER_FAILURES[error.code], message: error.message };
  if (error instanceof ChatTemplateError) return { category: 'user', message: error.message };
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return { category: 'server', message: error instanceof Error ? error.message : String(error) };
}
