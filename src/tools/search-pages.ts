/** What the tools called `search` have in common: how a model is told of them, and how what they find is shown, which is as in the released code. */
import { textTool, type ToolDefinition } from './tool.js';

/** Characters (code points) of a page that are shown. */
export const SHOWN_CHARACTERS = 1000;
const NOTHING_FOUND = 'No search results found.';

export const searchDefinition = (description: string): ToolDefinition =>
  textTool('search', description, 'query', 'What to look for.');

/**
 * With a top_k of 1 the text alone, otherwise a line `Page i: …` for each text.
 * @param texts best first
 */
export function shownPages(texts: readonly string[], topK: number): string {
  return numberedPages(texts.slice(0, topK).map(shortened), topK);
}

/** As `shownPages`, each text as long as it is. */
export function numberedPages(shown: readonly string[], topK: number): string {
  if (shown.length === 0) return NOTHING_FOUND;
  return topK === 1 ? shown.join('') : shown.map((text, i) => `Page ${i + 1}: ${text}`).join('\n');
}

const shortened = (text: string): string =>
  text.length <= SHOWN_CHARACTERS ? text : Array.from(text).slice(0, SHOWN_CHARACTERS).join('');
