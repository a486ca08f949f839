/**
 * Messages to the token ids of a prompt. Control tokens come from the template's own text only: what stands in a message is plain text,
 * whatever it spells. Where no content spells a control token the ids are those of encoding the rendered text as a whole.
 */
import { type ChatMessage, type ChatOptions, renderChatTemplate } from './chat-template.js';
import { ChatTemplateError } from './chat-template-error.js';
import type { Tokenizer } from './tokenizer.js';

// Two noncharacter-like code points at the end of the private planes, around a message's number.
const markOf = (message: number) => `\u{10ff00}${message}\u{10ff01}`;
const markPattern = /\u{10ff00}(\d+)\u{10ff01}/u;

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
function checkTrusted(tokenizer: Tokenizer, messages: readonly ChatMessage[], tools: readonly unknown[]): void {
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

/**
 * Token ids of the messages under the tokenizer's chat template. Throws ChatTemplateError if the template refuses the messages, drops a
 * content, or changes one otherwise than by trimming white space: then its place in the prompt is not known.
 */
export function renderPrompt(tokenizer: Tokenizer, messages: readonly ChatMessage[], options: ChatOptions): Int32Array {
  checkTrusted(tokenizer, messages, options.tools ?? []);
  const rendered = renderChatTemplate(tokenizer, messages, options);
  // A mark takes the place of a content between its outer white space, so that trimming acts on the marked text as on the real one.
  const cores = messages.map(({ content }) => content.trim());
  const marked = messages.map(({ role, content }, i) => {
    const core = cores[i]!;
    return { role, content: core === '' ? content : content.replace(core, () => markOf(i)) };
  });
  const pieces = renderChatTemplate(tokenizer, marked, options).split(markPattern);
  const seen = new Set(pieces.filter((_, i) => i % 2 === 1).map(Number));
  cores.forEach((core, i) => {
    if (core !== '' && !seen.has(i)) {
      throw new ChatTemplateError(
        `message ${i}: the chat template drops the content of this ${messages[i]!.role} message`,
      );
    }
  });
  const texts = pieces.map((piece, i) => (i % 2 === 1 ? cores[Number(piece)]! : piece));
  if (texts.join('') !== rendered) {
    const unequal = texts.findIndex((_, i) => !rendered.startsWith(texts.slice(0, i + 1).join('')));
    const last = unequal === -1 ? pieces.length - 1 : unequal;
    const culprit = pieces[last % 2 === 1 ? last : last - 1] ?? 0;
    throw new ChatTemplateError(
      `message ${culprit}: the chat template changes this content, not only its outer white space`,
    );
  }
  return tokenizer.encodeParts(texts.flatMap((text, i) => (i % 2 === 1 ? [text] : tokenizer.split(text))));
}
