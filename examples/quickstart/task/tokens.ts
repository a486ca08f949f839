/**
 * The pieces that the task's text falls into, to keep sequences short enough and to see that no word is missing.
 * Not the tokenizer: the service trains that one, and makes one token of each of these pieces.
 */
import type { Message } from './notes.js';

/** Texts that are one token each wherever they occur. */
export const tags = [
  ...['think', 'search', 'python', 'result', 'answer'].flatMap((name) => [`<${name}>`, `</${name}>`]),
  '\\boxed{',
] as const;

const TURNS = ['<user>', '<agent>', '<eos>'];

const TAG = [...tags, ...TURNS].map((tag) => tag.replace(/[\\{]/g, '\\$&')).join('|');
const PIECE = new RegExp(`${TAG}| ?\\p{L}+| ?\\p{N}|(?: (?!${TAG}))?(?:(?!${TAG})[^\\s\\p{L}\\p{N}])+|\\s`, 'gu');

/** Words and single digits with the space before them, runs of punctuation, single spaces, tags. Nothing is lost. */
export function pieces(text: string): string[] {
  return text.match(PIECE) ?? [];
}

/** A conversation the way the agent reads it. */
export function transcript(messages: readonly Message[]): string {
  const parts = {
    user: (text: string) => `<user>${text}<agent>`,
    assistant: (text: string) => text,
    tool: resultBlock,
  };
  return `${messages.map(({ role, content }) => parts[role](content)).join('')}<eos>`;
}

function resultBlock(text: string): string {
  return `<result>\n${text}\n</result>`;
}

/** Tokens of a conversation. */
export function tokenCount(messages: readonly Message[]): number {
  return pieces(transcript(messages)).length;
}
