/** Parts of a conversation that rows of several kinds write alike. */
import type { Message } from '../../protocol/messages.js';
import { text, type Field, type Fields } from './fields.js';
import { messagesOf } from './messages.js';
import { RowError } from './source-row.js';

/** A text, or messages of which nothing is learnt; an input that goes with the text comes below it. */
export function askedBy(question: Field, input: Field | null): Message[] {
  const { name, value } = question;
  if (Array.isArray(value)) {
    return messagesOf(name, value).map((one) => (one.role === 'assistant' ? { ...one, weight: 0 } : one));
  }
  const asked = text(name, value);
  const more = input && input.value !== '' ? `\n\n${text(input.name, input.value)}` : '';
  return [{ role: 'user', content: `${asked}${more}` }];
}

/** ShareGPT writes the system message beside the conversation. */
export function withSystem(messages: Message[], fields: Fields): Message[] {
  const system = fields.first(['system']);
  if (!system || system.value === '') return messages;
  if (messages.some(({ role }) => role === 'system')) {
    throw new RowError(`${system.name}: the messages have a system message already: leave one of the two`);
  }
  return [{ role: 'system', content: text(system.name, system.value) }, ...messages];
}
