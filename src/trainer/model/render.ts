/**
 * Messages to token ids, the same for demonstrations and for rollouts: the chat template renders a prompt, an assistant's text follows
 * verbatim, a tool's result is inserted between `<result>` tags. Not the template itself: see the engine's `chat.ts`.
 *
 * Tags such as `<search>` that are one token of the tokenizer become that token in what an assistant wrote. What users and tools wrote is
 * plain text: no content of theirs becomes a control token.
 */
import {
  controlTokens,
  renderPrompt,
  turnEnd,
  type ContentPart,
  type Prompt,
  type PromptMessage,
  type Tokenizer,
} from '../../engine/index.js';
import type { Message } from '../../protocol/messages.js';
import type { SegmentKind } from '../../spec/enums.js';
import { agentTags, beginningOfAnswer, withoutBeginning } from './agent-tags.js';

const RESULT_OPENS = '<result>';
const RESULT_CLOSES = '</result>';

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

const isAnswer = ({ role }: Message) => role === 'assistant' || role === 'tool';

/** What a tool's result looks like in a response. A closing tag in its content would end it early for whoever reads the response: it is spaced out. */
export function resultText(content: string): string {
  return `${RESULT_OPENS}\n${harmless(content)}\n${RESULT_CLOSES}`;
}

function harmless(content: string): string {
  return content.replaceAll(RESULT_CLOSES, '</ result>');
}

/** Chat templates know no results between tags, so that an earlier answer with its results becomes one assistant message. */
function collapseAnswers(messages: readonly Message[]): PromptMessage[] {
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
    else answer.push(`${RESULT_OPENS}\n`, { quoted: harmless(message.content) }, `\n${RESULT_CLOSES}`);
  }
  return collapsed;
}

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

export class Renderer {
  /** Any of them ends an answer. */
  readonly endTokens: readonly number[];
  /** Tokens that are no text: in no answer that is learnt, and in no response that is read. */
  readonly control: ReadonlySet<number>;
  /** What an answer is taught to end with: what the chat template writes behind one, else the tokenizer's own end token, else the model's. */
  private readonly end: { text: string; token: number };

  /** `eosTokenIds` are the model's. `system` takes the place of an example's system message; null leaves it. */
  constructor(
    readonly tokenizer: Tokenizer,
    eosTokenIds: readonly number[],
    private readonly system: string | null,
  ) {
    const named = tokenizer.tokenId(tokenizer.specialTokens['eos_token'] ?? '');
    const turn = turnEnd(tokenizer);
    const token = turn?.token.id ?? named ?? eosTokenIds[0];
    if (token === undefined)
      throw new RangeError('neither the tokenizer nor config.json names an end-of-sequence token');
    this.end = { text: turn?.text ?? '', token };
    this.endTokens = [...new Set([...eosTokenIds, named ?? token, token])];
    this.control = controlTokens(tokenizer, this.endTokens, agentTags);
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
    return renderPrompt(this.tokenizer, collapseAnswers(all), { addGenerationPrompt: true, control: this.control });
  }

  toolResult(content: string): TokenSpan {
    const { tokenizer } = this;
    const parts = [...tokenizer.split(RESULT_OPENS), `\n${harmless(content)}\n`, ...tokenizer.split(RESULT_CLOSES)];
    return { kind: 'tool', tokens: tokenizer.encodeParts(parts), text: resultText(content) };
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

  /** Throws ChatTemplateError where `demonstrations` would. Encodes nothing, which is most of the work. */
  checkDemonstrations(messages: readonly Message[]): void {
    for (const { start } of answersIn(messages)) this.render(messages.slice(0, start));
  }

  private answer(messages: readonly Message[], begun: string): TokenSpan[] {
    return messages.map(({ role, content, weight }, i): TokenSpan => {
      if (role === 'tool') return this.toolResult(content);
      const text = i === 0 ? withoutBeginning(content, begun) : content;
      const span = this.modelText(text, i === messages.length - 1);
      return weight === 0 ? { ...span, kind: 'prompt' } : span;
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
