/**
 * A Split step of a tokenizer.json, as a step that @huggingface/tokenizers splits as the Python library does: it knows no behaviour but Isolated and,
 * of patterns without groups, Removed. What is merged is one match of a wider pattern here. Not a splitter.
 */
import { ModelFormatError } from '../format-error.js';
import { patternOf } from './mended-steps.js';
import type { Json } from './read-json.js';

const BEHAVIOURS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
export type SplitBehaviour = (typeof BEHAVIOURS)[number];
type Merging = Exclude<SplitBehaviour, 'Removed' | 'Isolated'>;

/** What makes one piece of the text, where `pattern` is what the step looks for. */
const pieces: { readonly [B in Merging]: (pattern: string) => string } = {
  MergedWithPrevious: (pattern) => String.raw`(?:(?!${pattern})[\s\S])+(?:${pattern})?|${pattern}`,
  MergedWithNext: (pattern) => String.raw`(?:${pattern})(?:(?!${pattern})[\s\S])*`,
  Contiguous: (pattern) => `(?:${pattern})+`,
};

/** An inverted step takes what lies between the matches for matches: the others then merge from the other side. */
const inverted: { readonly [B in Merging]: Merging } = {
  MergedWithPrevious: 'MergedWithNext',
  MergedWithNext: 'MergedWithPrevious',
  Contiguous: 'Contiguous',
};

/** @param pattern a regular expression of Oniguruma */
export function splitStep(pattern: string, behavior: SplitBehaviour, invert = false): Json {
  if (behavior === 'Isolated') return isolatedOrRemoved(pattern, 'Isolated');
  const source = withoutGroups(pattern);
  if (behavior === 'Removed') return isolatedOrRemoved(source, 'Removed', invert);
  return isolatedOrRemoved(pieces[invert ? inverted[behavior] : behavior](source), 'Isolated');
}

function isolatedOrRemoved(regex: string, behavior: 'Isolated' | 'Removed', invert = false): Json {
  return { type: 'Split', pattern: { Regex: regex }, behavior, invert };
}

/** The same for a step as it is written. Throws ModelFormatError naming what is wrong with it. */
export function mendSplit(step: Json): Json {
  const pattern = patternOf(step);
  const regex = 'Regex' in pattern ? pattern.Regex : escaped(pattern.String);
  return splitStep(regex, parseBehaviour(step['behavior']), step['invert'] === true);
}

/** Throws ModelFormatError naming the behaviours there are. */
export function parseBehaviour(value: unknown): SplitBehaviour {
  const found = BEHAVIOURS.find((behaviour) => behaviour === value);
  if (found) return found;
  const expected = BEHAVIOURS.join(', ');
  throw new ModelFormatError(
    `tokenizer.json: "behavior" ${JSON.stringify(value)} of a pre-tokenizer is not one of ${expected}`,
  );
}

/** A pattern that matches the text itself. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** The pattern without groups that capture: where it stands twice, or is split at, they would count. */
function withoutGroups(pattern: string): string {
  if (/\\(?:[1-9]|[kg]<)/.test(pattern)) {
    throw new ModelFormatError(
      `tokenizer.json: the pattern ${JSON.stringify(pattern)} of a Split step refers to a group, which is supported with behavior Isolated only`,
    );
  }
  // An escape, a class, or what opens a group: only the last is changed.
  return pattern.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\((?:\?<(?![=!])[^>]*>|(?!\?))/g, (found) =>
    found.startsWith('(') ? '(?:' : found,
  );
}
