/**
 * Messages to token ids, the same for demonstrations and for rollouts: the chat template renders a prompt, an assistant's text follows
 * verbatim, a tool's result is inserted between tags, `<result>` where they have no other name. Not the template itself: see the engine's `chat.ts`.
 *
 * Tags such as `<search>` that are one token of the tokenizer become that token in what an assistant wrote. What users and tools wrote is
 * plain text: no content of theirs becomes a control token.
 */
import {
  controlTokens,
  insideJson,
  renderPrompt,
  toolTurns,
  turnEnd,
  type ContentPart,
  type Prompt,
  type PromptMessage,
  type AddedToken,
  type Tokenizer,
  type ToolTurns,
} from '../../engine/index.js';
import type { Message } from '../../protocol/messages.js';
import type { SegmentKind } from '../../spec/enums.js';
import { delimitersOf, type CallFormat } from './call-format.js';
import { withChatCall, type ChatTools } from './chat-tools.js';
import type { TagNames } from '../../spec/prompt.js';
import { agentTags, beginningOfAnswer, tagsOf, withOwnTags, withoutBeginning } from './agent-tags.js';

/** One span of a sequence. Only `model` spans are learnt. */
export interface TokenSpan {
  kind: SegmentKind;
  tokens: Int32Array;
  text: string;
}

export interface PromptSpan extends TokenSpan {
  /** What the template has begun of the answer at the end of the prompt, such as `<think>`; usually nothing. */
  begun: string;
}

/** Where a result stands among those of a turn's calls. */
export interface ResultPlace {
  first: boolean;
  last: boolean;
}

const ALONE: ResultPlace = { first: true, last: true };

const isAnswer = ({ role }: Message) => role === 'assistant' || role === 'tool';

/** Where answers begin and end that come after a prompt and have words of an assistant. */
function answersIn(messages: readonly Message[]): { start: number; end: number }[] {
  const answers: { start: number; end: number }[] = [];
  for (let start = 0; start < messages.length; start++) {
    if (!isAnswer(messages[start]!)) continue;
    let end = start;
    while (end < messages.length && isAnswer(messages[end]!)) end += 1;
    const written = messages.slice(start, end).some(({ role }) => role === 'assistant');
    if (start > 0 && written) answers.push({ start, end });
    start = end;
  }
  return answers;
}

type Part = AddedToken | string;

const textOf = (part: Part): string => (typeof part === 'string' ? part : part.content);

/** Texts that stand next to each other are encoded as one. */
function joined(parts: readonly Part[]): Part[] {
  const all: Part[] = [];
  for (const part of parts) {
    const before = all.at(-1);
    if (typeof part === 'string' && typeof before === 'string') all[all.length - 1] = before + part;
    else all.push(part);
  }
  return all;
}

export class Renderer {
  /** Any of them ends an answer. */
  readonly endTokens: readonly number[];
  /** Tokens that are no text: in no answer that is learnt, and in no response that is read. */
  readonly control: ReadonlySet<number>;
  /** What an answer is taught to end with: what the chat template writes behind one, else the tokenizer's own end token, else the model's. */
  private readonly end: { text: string; token: number };
  private readonly turns: ToolTurns | null;
  private readonly result: { opens: string; closes: string };

  /**
   * `eosTokenIds` are the model's. `system` takes the place of an example's system message; null leaves it. `chatTools` null: calls stand between tags,
   * of other names where `tagNames` has them.
   */
  constructor(
    readonly tokenizer: Tokenizer,
    eosTokenIds: readonly number[],
    private readonly system: string | null,
    private readonly chatTools: ChatTools | null = null,
    readonly tagNames: TagNames = {},
  ) {
    this.result = tagsOf(tagNames, 'result');
    const named = tokenizer.tokenId(tokenizer.specialTokens['eos_token'] ?? '');
    const turn = turnEnd(tokenizer);
    const token = turn?.token.id ?? named ?? eosTokenIds[0];
    if (token === undefined)
      throw new RangeError('neither the tokenizer nor config.json names an end-of-sequence token');
    this.end = { text: turn?.text ?? '', token };
    this.endTokens = [...new Set([...eosTokenIds, named ?? token, token])];
    const delimiters = chatTools ? delimitersOf(chatTools.format) : [];
    const ownTags = Object.keys(tagNames).flatMap((name) => Object.values(tagsOf(tagNames, name)));
    this.control = controlTokens(tokenizer, this.endTokens, [...agentTags, ...ownTags, ...delimiters]);
    this.turns = chatTools && toolTurns(tokenizer);
  }

  /** Null: calls stand between tags. */
  get callFormat(): CallFormat | null {
    return this.chatTools?.format ?? null;
  }

  /** A prompt that ends where the model begins to write. Throws ChatTemplateError where the template refuses the messages. */
  prompt(messages: readonly Message[]): PromptSpan {
    const { parts, tail } = this.render(messages);
    const tokens = this.tokenizer.encodeParts(parts);
    return { kind: 'prompt', tokens, text: this.tokenizer.decode(tokens), begun: beginningOfAnswer(tail) };
  }

  private render(messages: readonly Message[]): Prompt {
    const rest = this.system === null ? messages : messages.filter(({ role }) => role !== 'system');
    const all = this.system === null ? rest : [{ role: 'system' as const, content: this.system }, ...rest];
    const tools = this.chatTools?.definitions.map((definition) => ({ type: 'function', function: definition }));
    const options = { addGenerationPrompt: true, control: this.control, ...(tools && { tools }) };
    const shown = this.withOwnCalls(all);
    return renderPrompt(this.tokenizer, this.chatTools ? shown : this.collapseAnswers(shown), options);
  }

  /** Chat templates know no results between tags, so that an earlier answer with its results becomes one assistant message. */
  private collapseAnswers(messages: readonly Message[]): PromptMessage[] {
    const { opens, closes } = this.result;
    const collapsed: PromptMessage[] = [];
    let answer: ContentPart[] | null = null;
    for (const message of messages) {
      if (!isAnswer(message)) {
        collapsed.push(message);
        answer = null;
        continue;
      }
      if (answer === null) collapsed.push({ role: 'assistant', content: (answer = []) });
      if (message.role === 'assistant') answer.push(message.content);
      else answer.push(`${opens}\n`, { quoted: this.harmless(message.content) }, `\n${closes}`);
    }
    return collapsed;
  }

  /** A closing tag in a result's content would end it early for whoever reads the response: it is spaced out. */
  private harmless(content: string): string {
    return content.replaceAll(this.result.closes, this.result.closes.replace('</', '</ '));
  }

  /** The token that an answer is taught to end with. */
  get endToken(): number {
    return this.end.token;
  }

  /** @param prefix put before the opening tag, as text; a chat template's own form has none */
  toolResult(content: string, place = ALONE, prefix = ''): TokenSpan {
    const { tokenizer, turns, result } = this;
    if (turns) return this.templateResult(content, turns, place);
    const inner = `\n${this.harmless(content)}\n`;
    const parts = [prefix, ...tokenizer.split(result.opens), inner, ...tokenizer.split(result.closes)];
    return {
      kind: 'tool',
      tokens: tokenizer.encodeParts(parts),
      text: `${prefix}${result.opens}${inner}${result.closes}`,
    };
  }

  /** As the chat template writes it behind the end of the model's turn, up to where the model goes on. */
  private templateResult(content: string, turns: ToolTurns, { first, last }: ResultPlace): TokenSpan {
    const shown = turns.escaped ? insideJson(content) : content;
    const parts = [...(first ? turns.head : turns.between), shown, ...(last ? turns.tail : [])];
    return { kind: 'tool', tokens: this.tokenizer.encodeParts(joined(parts)), text: parts.map(textOf).join('') };
  }

  /**
   * Sequences to learn from: one for each answer in the messages (an assistant's text with its tool results, up to the next user message),
   * after a prompt of all that came before it, less what the prompt has begun of it. An answer that ends in a tool's result has no end token: it is
   * unfinished.
   */
  demonstrations(messages: readonly Message[]): TokenSpan[][] {
    return answersIn(messages).map(({ start, end }) => {
      const prompt = this.prompt(messages.slice(0, start));
      return [prompt, ...this.answer(messages.slice(start, end), prompt.begun)];
    });
  }

  /** A prompt of the messages, and each of the answers to it: an assistant's text with its tool results. */
  responses(
    messages: readonly Message[],
    answers: readonly (readonly Message[])[],
  ): { prompt: PromptSpan; answers: TokenSpan[][] } {
    const prompt = this.prompt(messages);
    return { prompt, answers: answers.map((answer) => this.answer(answer, prompt.begun)) };
  }

  /** Throws ChatTemplateError where `prompt` would. Encodes nothing. */
  checkPrompt(messages: readonly Message[]): void {
    this.render(messages);
  }

  /** Throws ChatTemplateError where `demonstrations` would. Encodes nothing, which is most of the work. */
  checkDemonstrations(messages: readonly Message[]): void {
    for (const { start } of answersIn(messages)) this.render(messages.slice(0, start));
  }

  private answer(messages: readonly Message[], begun: string): TokenSpan[] {
    const shown = this.withOwnCalls(messages);
    return shown.map(({ role, content, weight }, i): TokenSpan => {
      const [before, next] = [shown[i - 1], shown[i + 1]];
      if (role === 'tool')
        return this.toolResult(content, { first: before?.role !== 'tool', last: next?.role !== 'tool' });
      // With calls in the chat format, each turn begins as the first one does.
      const text = i === 0 || this.turns ? withoutBeginning(content, begun) : content;
      const span = this.modelText(text, next === undefined || (this.turns !== null && next.role === 'tool'));
      return weight === 0 ? { ...span, kind: 'prompt' } : span;
    });
  }

  /** Demonstrations' calls, which stand between the tags of their tools, as the model writes its own. */
  private withOwnCalls(messages: readonly Message[]): Message[] {
    const { chatTools, tagNames } = this;
    return messages.map((message, i) => {
      if (message.role !== 'assistant') return message;
      if (!chatTools) return { ...message, content: withOwnTags(message.content, tagNames) };
      const calls = messages[i + 1]?.role === 'tool';
      return calls ? { ...message, content: withChatCall(message.content, chatTools) } : message;
    });
  }

  private modelText(text: string, ends: boolean): TokenSpan {
    const { tokenizer, control, end } = this;
    const parts = tokenizer
      .split(text)
      .map((part) => (typeof part !== 'string' && control.has(part.id) ? part.content : part));
    const tokens = ends
      ? Int32Array.of(...tokenizer.encodeParts([...parts, end.text]), end.token)
      : tokenizer.encodeParts(parts);
    return { kind: 'model', tokens, text };
  }
}
