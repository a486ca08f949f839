/**
 * Messages to the tokens and texts of a prompt, as the tokenizer's chat template has them: it may take the thinking out of earlier answers. Control tokens come
 * from the template's own text only. What users, systems and tools wrote is plain text, whatever it spells; in what an assistant wrote, tags that are tokens
 * become those tokens. Where no content spells an added token, encoded they are what the rendered text is as a whole.
 */
import type { AddedToken } from './added-tokens.js';
import { type ChatOptions, renderChatTemplate } from './chat-template.js';
import { ChatTemplateError } from './chat-template-error.js';
import { OwnText } from './own-text.js';
import type { Tokenizer } from './tokenizer.js';

/** Of an assistant's message: what it wrote, or what it quotes of somebody else, such as a tool's result. */
export type ContentPart = string | { quoted: string };

export interface PromptMessage {
  role: string;
  content: string | readonly ContentPart[];
}

export interface PromptOptions extends ChatOptions {
  /** Added tokens that no assistant may write; the special ones where none are given. */
  control?: ReadonlySet<number>;
}

export interface Prompt {
  /** Added tokens of the template and of assistants, and the plain text between them. */
  parts: (AddedToken | string)[];
  /** What the template wrote behind the last content and its own last control token: where an answer has been begun, its beginning. */
  tail: string;
}

// Two noncharacter-like code points at the end of the private planes, around a content's number.
const markOf = (content: number) => `\u{10ff00}${content}\u{10ff01}`;
const markPattern = /\u{10ff00}(\d+)\u{10ff01}/u;

const THOUGHT_ENDS = '</think>';

/** All strings in a JSON value, keys included. */
function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield key;
      yield* stringsIn(inner);
    }
  }
}

/** Roles and tools go into the template's text, so neither may spell a control token. */
function checkTrusted(tokenizer: Tokenizer, messages: readonly PromptMessage[], tools: readonly unknown[]): void {
  messages.forEach(({ role }, i) => {
    if (!/^\w+$/.test(role))
      throw new ChatTemplateError(`message ${i}: the role ${JSON.stringify(role)} is not a word`);
  });
  for (const text of stringsIn(tools)) {
    const token = tokenizer.split(text).find((part) => typeof part !== 'string');
    if (token)
      throw new ChatTemplateError(`a tool's definition contains the control token ${token.content}: remove it`);
  }
}

/** A text in whose place a mark stands. */
interface Marked {
  message: number;
  text: string;
}

/** The messages as the template is shown them: a mark for each text that nothing may be read from, and an assistant's own words in disguise. */
class MarkedMessages {
  readonly marked: Marked[] = [];
  readonly messages: { role: string; content: string }[];

  constructor(messages: readonly PromptMessage[], ownText: OwnText) {
    this.messages = messages.map(({ role, content }, message) => {
      const parts = typeof content === 'string' ? [role === 'assistant' ? content : { quoted: content }] : content;
      const shown = parts.map((part) =>
        typeof part === 'string' ? ownText.disguise(part) : this.mark(message, part.quoted),
      );
      return { role, content: shown.join('') };
    });
  }

  /** A mark takes the place of a text between its outer white space, so that trimming acts on the marked text as on the real one. */
  private mark(message: number, text: string): string {
    const core = text.trim();
    if (core === '') return text;
    this.marked.push({ message, text: core });
    return text.replace(core, () => markOf(this.marked.length - 1));
  }
}

const plainContent = (content: PromptMessage['content']): string =>
  typeof content === 'string'
    ? content
    : content.map((part) => (typeof part === 'string' ? part : part.quoted)).join('');

/** What is left of a content when the thinking before an answer is taken out. */
function withoutThought(content: string): string {
  const end = content.lastIndexOf(THOUGHT_ENDS);
  return end === -1 ? content : content.slice(end + THOUGHT_ENDS.length);
}

/** The thinking before an answer may go, the answer may not, and nothing that anybody else wrote. */
function refuseDropped(rendered: string, { messages }: MarkedMessages): void {
  messages.forEach(({ role, content }, i) => {
    const kept = role === 'assistant' ? withoutThought(content) : content;
    if (rendered.includes(kept.trim())) return;
    throw new ChatTemplateError(`message ${i}: the chat template drops the content of this ${role} message`);
  });
}

/**
 * The prompt of the messages under the tokenizer's chat template. Throws ChatTemplateError if the template refuses the messages, drops a content, or changes
 * one otherwise than by trimming white space or taking out the thinking before an answer.
 */
export function renderPrompt(tokenizer: Tokenizer, messages: readonly PromptMessage[], options: PromptOptions): Prompt {
  checkTrusted(tokenizer, messages, options.tools ?? []);
  const isControl = (token: AddedToken) => options.control?.has(token.id) ?? token.special;
  const ownText = new OwnText(tokenizer.addedTokens, isControl);
  const shown = new MarkedMessages(messages, ownText);
  const rendered = renderChatTemplate(tokenizer, shown.messages, options);
  refuseDropped(rendered, shown);
  const pieces = rendered.split(markPattern);
  const texts = pieces.map((piece, i) =>
    i % 2 === 1 ? (shown.marked[Number(piece)]?.text ?? '') : ownText.reveal(piece),
  );
  const plain = messages.map(({ role, content }) => ({ role, content: plainContent(content) }));
  const expected = renderChatTemplate(tokenizer, plain, options);
  if (texts.join('') !== expected) {
    const unequal = texts.findIndex((_, i) => !expected.startsWith(texts.slice(0, i + 1).join('')));
    const last = unequal === -1 ? pieces.length - 1 : unequal;
    const culprit = shown.marked[Number(pieces[last % 2 === 1 ? last : last - 1])]?.message ?? 0;
    throw new ChatTemplateError(
      `message ${culprit}: the chat template changes this content, not only its outer white space, or reads it`,
    );
  }
  const split = pieces.map((piece, i) => (i % 2 === 1 ? [texts[i]!] : splitOwn(tokenizer, piece, ownText)));
  return { parts: split.flat(), tail: tailOf(split.at(-1)!, isControl) };
}

function splitOwn(tokenizer: Tokenizer, piece: string, ownText: OwnText): (AddedToken | string)[] {
  return tokenizer.split(piece).map((part) => (typeof part === 'string' ? ownText.reveal(part) : part));
}

function tailOf(parts: readonly (AddedToken | string)[], isControl: (token: AddedToken) => boolean): string {
  const last = parts.findLastIndex((part) => typeof part !== 'string' && isControl(part));
  return parts
    .slice(last + 1)
    .map((part) => (typeof part === 'string' ? part : part.content))
    .join('');
}
