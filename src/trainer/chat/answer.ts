/** One answer while it is written: its text, what of it may be sent, and where it ends. Runs no model. */
import { IncrementalDecoder } from '../../engine/index.js';
import type { ChatEvent, ChatRequest, ChatToken } from '../../spec/chat.js';
import type { ToolCall } from '../rollout/tool-grammar.js';
import type { Dialect } from './dialect.js';
import { shownLength, type HeldBack } from './shown-length.js';

type FinishReason = Extract<ChatEvent, { kind: 'ended' }>['finish_reason'];

export class Answer {
  /** Tokens so far. */
  length = 0;
  private text = '';
  private sent = 0;
  private unsent: ChatToken[] = [];
  private readonly decoder: IncrementalDecoder;
  private readonly held: HeldBack;

  constructor(
    private readonly request: Pick<ChatRequest, 'request' | 'stop'>,
    private readonly choice: number,
    private readonly dialect: Dialect,
    private readonly maxTokens: number,
  ) {
    this.decoder = new IncrementalDecoder(dialect.language.tokenizer);
    this.held = dialect.heldBack(request.stop);
  }

  /**
   * Appends a token.
   * @param shown how it is shown with its log-probability, where that was asked for
   * @returns what there is to send; an `ended` is the last
   */
  write(token: number, shown: ChatToken | null): ChatEvent | null {
    const { endTokens, control, grammar } = this.dialect.language;
    this.length += 1;
    if (endTokens.has(token)) return this.end('stop', grammar.ended((this.text += this.decoder.finish())));
    if (shown) this.unsent.push(shown);
    const before = this.text.length;
    this.text += control.has(token) ? this.decoder.finish() : this.decoder.push(token);
    const stop = this.stopAfter(before);
    if (stop !== null) {
      this.text = this.text.slice(0, stop);
      return this.end('stop', []);
    }
    const call = grammar.completed(this.text, this.text.length - before);
    if (call) return this.end('tool_calls', [call]);
    if (this.length >= this.maxTokens) {
      this.text += this.decoder.finish();
      return this.end('length', []);
    }
    const text = this.take(shownLength(this.text, this.held));
    return text === '' ? null : { kind: 'text', ...this.named(text) };
  }

  /** Calls of which one names no tool are a text: a client could do nothing with them. */
  private end(reason: FinishReason, found: readonly ToolCall[]): ChatEvent {
    const calls = found.every(({ tool }) => tool !== '') ? found : [];
    const [first] = calls;
    const text = this.take(first ? this.text.slice(0, first.span.start).trimEnd().length : this.text.length);
    return {
      kind: 'ended',
      ...this.named(text),
      finish_reason: first ? 'tool_calls' : reason,
      tool_calls: calls.map((call) => this.dialect.written(call)),
    };
  }

  private take(end: number): string {
    const text = this.text.slice(this.sent, end);
    this.sent = Math.max(this.sent, end);
    return text;
  }

  private named(text: string) {
    const tokens = this.unsent;
    this.unsent = [];
    return { request: this.request.request, choice: this.choice, text, tokens };
  }

  /** Where the earliest stop begins, if the newest characters complete one. */
  private stopAfter(before: number): number | null {
    const found = this.request.stop
      .map((stop) => this.text.indexOf(stop, Math.max(0, before - stop.length + 1)))
      .filter((at) => at !== -1);
    return found.length === 0 ? null : Math.min(...found);
  }
}
