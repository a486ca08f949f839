/** Reads a response and a reference before they are scored. Judges nothing. */
import type { Reference } from './reward.js';

const ANSWERED_CALL = /<(search|python)>(?:(?!<\1>)[^])*?<\/\1>(\s*)<result>[^]*?<\/result>/g;

/** The response without what stands inside answered tool calls and their results; the calls' own tags stay. */
export const withoutCallText = (response: string): string =>
  response.replace(ANSWERED_CALL, '<$1></$1>$2<result></result>');

/** `\boxed` whose `\b` became a backspace (U+0008), as it stands in the paper's training prompts. */
export const mendBackspace = (response: string): string => response.replaceAll('\boxed', String.raw`\boxed`);

/** Every accepted answer as text. */
export const referenceTexts = (reference: Reference): string[] => [reference].flat().map(String);
