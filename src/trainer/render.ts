/**
 * Messages to token ids, the same for demonstrations and for rollouts: the chat template renders a prompt, an assistant's text follows
 * verbatim, a tool's result is inserted between `<result>` tags. Not the template itself: see the engine's `chat.ts`.
 *
 * Tags such as `<search>` that are one token of the tokenizer become that token in what an assistant wrote. What users and tools wrote is
 * plain text: no content of theirs becomes a control token.
 */
import { renderPrompt } from '../engine/io/chat.js';
import type { Tokenizer } from '../engine/io/tokenizer.js';
import type { Message } from '../protocol/messages.js';
import type { SegmentKind } from '../spec/enums.js';

const RESULT_OPENS = '<result>';
const RESULT_CLOSES = '</result>';

/** One stretch of a sequence. Only `model` stretches are learnt. */
export interface Stretch {
  kind: SegmentKind;
  tokens: Int32Array;
  text: string;
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
function collapseAnswers(messages: readonly Message[]): Message[] {
  const collapsed: Message[] = [];
  for (const message of messages) {
    if (!isAnswer(message)) {
      collapsed.push(message);
      continue;
    }
    const text = message.role === 'tool' ? resultText(message.content) : message.content;
    const last = collapsed.at(-1);
    if (last?.role === 'assistant')
      collapsed[collapsed.length - 1] = { role: 'assistant', content: last.content + text };
    else collapsed.push({ role: 'assistant', content: text });
  }
  return collapsed;
}

export class Renderer {
  /** Ends an answer. */
  readonly eosToken: number;

  /**
   * `eosTokenIds` are the model's; the tokenizer's own end token is preferred, since that is what its template ends a turn with.
   * `system` takes the place of an example's system message; null leaves it.
   */
  constructor(
    readonly tokenizer: Tokenizer,
    eosTokenIds: readonly number[],
    private readonly system: string | null,
  ) {
    const named = tokenizer.specialTokens['eos_token'];
    const eos = (named === undefined ? undefined : tokenizer.tokenId(named)) ?? eosTokenIds[0];
    if (eos === undefined) throw new RangeError('neither the tokenizer nor config.json names an end-of-sequence token');
    this.eosToken = eos;
  }

  /** A prompt that ends where the model begins to write. Throws ChatTemplateError where the template refuses the messages. */
  prompt(messages: readonly Message[]): Stretch {
    const rest = this.system === null ? messages : messages.filter(({ role }) => role !== 'system');
    const all = this.system === null ? rest : [{ role: 'system' as const, content: this.system }, ...rest];
    const tokens = renderPrompt(this.tokenizer, collapseAnswers(all), { addGenerationPrompt: true });
    return { kind: 'prompt', tokens, text: this.tokenizer.decode(tokens) };
  }

  toolResult(content: string): Stretch {
    const { tokenizer } = this;
    const parts = [...tokenizer.split(RESULT_OPENS), `\n${harmless(content)}\n`, ...tokenizer.split(RESULT_CLOSES)];
    return { kind: 'tool', tokens: tokenizer.encodeParts(parts), text: resultText(content) };
  }

  /**
   * Sequences to learn from: one for each answer in the messages (an assistant's text with its tool results, up to the next user message),
   * after a prompt of all that came before it. An answer that ends in a tool's result has no end token: it is unfinished.
   */
  demonstrations(messages: readonly Message[]): Stretch[][] {
    const sequences: Stretch[][] = [];
    for (let start = 0; start < messages.length; start++) {
      if (!isAnswer(messages[start]!)) continue;
      let end = start;
      while (end < messages.length && isAnswer(messages[end]!)) end += 1;
      const answer = messages.slice(start, end);
      if (start > 0 && answer.some(({ role }) => role === 'assistant')) {
        sequences.push([this.prompt(messages.slice(0, start)), ...this.answer(answer)]);
      }
      start = end;
    }
    return sequences;
  }

  private answer(messages: readonly Message[]): Stretch[] {
    return messages.map(({ role, content, weight }, i): Stretch => {
      if (role === 'tool') return this.toolResult(content);
      const stretch = this.modelText(content, i === messages.length - 1);
      return weight === 0 ? { ...stretch, kind: 'prompt' } : stretch;
    });
  }

  private modelText(text: string, ends: boolean): Stretch {
    const parts = this.tokenizer
      .split(text)
      .map((part) => (typeof part !== 'string' && part.special ? part.content : part));
    const tokens = this.tokenizer.encodeParts(parts);
    return { kind: 'model', tokens: ends ? Int32Array.of(...tokens, this.eosToken) : tokens, text };
  }
}
