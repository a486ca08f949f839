/** Reads a response and a reference before they are scored. Judges nothing. */
import type { Reference, ResponsePart } from './reward.js';

/** The response as it stands: what the released scorer reads. */
export const wholeText = (response: readonly ResponsePart[]): string => response.map(({ text }) => text).join('');

/**
 * The response with its calls and results as empty tags, whatever the model's own way to call tools: what programs print and pages say is no part of
 * the response's format.
 */
export const outline = (response: readonly ResponsePart[]): string =>
  response
    .map(({ kind, text, tool }) => {
      if (kind === 'call') return `<${tool}></${tool}>`;
      return kind === 'result' ? '<result></result>' : text;
    })
    .join('');

/** What the policy wrote outside of its calls. */
export const writtenText = (response: readonly ResponsePart[]): string =>
  response.map(({ kind, text }) => (kind === 'text' ? text : '\n')).join('');

/** What the policy wrote after the last result: its final message, where each turn ends with a call. */
export function finalText(response: readonly ResponsePart[]): string {
  const last = response.findLastIndex(({ kind }) => kind === 'result');
  return wholeText(response.slice(last + 1));
}

/** `\boxed` whose `\b` became a backspace (U+0008), as it stands in the paper's training prompts. */
export const mendBackspace = (response: string): string => response.replaceAll('\boxed', String.raw`\boxed`);

/** Every accepted answer as text. */
export const referenceTexts = (reference: Reference): string[] => [reference].flat().map(String);
