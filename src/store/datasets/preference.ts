/**
 * Rows of two answers to one prompt, of which one is better: as TRL writes them (a prompt beside `chosen` and `rejected`, or both as whole conversations), as
 * Anthropic's HH writes transcripts, and as OpenAI has `input`, `preferred_output` and `non_preferred_output`. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Message } from '../../protocol/messages.js';
import type { PreferenceExample } from '../shapes.js';
import { askedBy, withSystem } from './conversation.js';
import { isObject, metadataOf, text, type Field, type Fields } from './fields.js';
import { messagesOf } from './messages.js';
import { RowError } from './source-row.js';

interface Pair {
  messages: Message[];
  chosen: Message[];
  rejected: Message[];
}

/** @throws {RowError} saying what is wrong with the row */
export function preferenceExample(fields: Fields): PreferenceExample {
  const better = fields.first(['chosen', 'preferred_output']);
  if (!better) fields.missing('chosen', ['preferred_output']);
  const worse = fields.first(['rejected', 'non_preferred_output']);
  if (!worse) fields.missing('rejected', ['non_preferred_output']);
  const prompt = promptOf(fields);
  const [chosen, rejected] = [said(better), said(worse)];
  const pair =
    isConversation(chosen) || isConversation(rejected)
      ? apart(chosen, rejected)
      : { messages: prompt ?? fields.missing('prompt', ['messages', 'input', 'question']), chosen, rejected };
  const { messages, ...answers } = withWholeAnswers(pair);
  for (const [field, answer] of [
    [better, answers.chosen],
    [worse, answers.rejected],
  ] as const) {
    refuseNoAnswer(field, answer);
  }
  if (messages.length === 0) throw new RowError(`${better.name}: answers nothing: give a prompt`);
  if (isDeepStrictEqual(answers.chosen, answers.rejected)) {
    throw new RowError(`${better.name}: is the same as ${worse.name}: nothing can be preferred`);
  }
  return { messages: withSystem(messages, fields), ...answers, metadata: metadataOf(fields) };
}

/** Null: the row has none beside its answers. */
function promptOf(fields: Fields): Message[] | null {
  const prompt = fields.first(['messages', 'conversations', 'prompt', 'question']);
  if (prompt) return asked(prompt, null);
  const instruction = fields.first(['instruction']);
  const input = fields.first(['input']);
  if (instruction) return asked(instruction, input);
  if (!input) return null;
  const { name, value } = input;
  return isObject(value) ? messagesOf(`${name}.messages`, value['messages']) : asked(input, null);
}

function asked(prompt: Field, input: Field | null): Message[] {
  const dialogue = typeof prompt.value === 'string' ? transcript(prompt.value) : null;
  return dialogue ?? askedBy(prompt, input).map(({ role, content }) => ({ role, content }));
}

/** A text is the assistant's, unless it is a transcript; else messages, or one. */
function said({ name, value }: Field): Message[] {
  if (typeof value !== 'string') return messagesOf(name, isObject(value) ? [value] : value);
  return transcript(value) ?? [{ role: 'assistant', content: text(name, value) }];
}

const SPEAKER = /(?:^|\n\n)(Human|Assistant):/;

/** The turns of `\n\nHuman: … \n\nAssistant: …`; null where a text is none. A last turn that is yet to be written is left out. */
function transcript(value: string): Message[] | null {
  const [before, ...turns] = value.split(SPEAKER);
  if (turns[0] !== 'Human' || before?.trim() !== '') return null;
  const messages: Message[] = [];
  for (let i = 0; i < turns.length; i += 2) {
    const content = (turns[i + 1] ?? '').trim();
    if (content === '' && i + 2 === turns.length) break;
    messages.push({ role: turns[i] === 'Human' ? 'user' : 'assistant', content });
  }
  return messages;
}

const isAnswer = ({ role }: Message): boolean => role === 'assistant' || role === 'tool';

/** Whether the answer comes with its prompt. */
const isConversation = ([first]: readonly Message[]): boolean => first !== undefined && !isAnswer(first);

/** Two conversations: what they begin with alike is the prompt. */
function apart(chosen: readonly Message[], rejected: readonly Message[]): Pair {
  let shared = 0;
  while (shared < chosen.length && isDeepStrictEqual(chosen[shared], rejected[shared])) shared++;
  return { messages: chosen.slice(0, shared), chosen: chosen.slice(shared), rejected: rejected.slice(shared) };
}

/** An answer that both have begun alike belongs to both: its tokens count for neither. */
function withWholeAnswers({ messages, chosen, rejected }: Pair): Pair {
  const end = messages.findLastIndex((message) => !isAnswer(message)) + 1;
  const begun = messages.slice(end);
  return { messages: messages.slice(0, end), chosen: [...begun, ...chosen], rejected: [...begun, ...rejected] };
}

function refuseNoAnswer({ name }: Field, answer: readonly Message[]): void {
  const other = answer.find((message) => !isAnswer(message));
  if (other) {
    throw new RowError(
      `${name}: a message of role ${other.role} comes after the two answers have parted: give the conversation up to it as two rows`,
    );
  }
  if (!answer.some(({ role, weight }) => role === 'assistant' && weight !== 0)) {
    throw new RowError(`${name}: has no assistant message to learn from`);
  }
}
