/** The passage of a page that says what a search result said of it, found as in the released browser: by the sentence that shares most words with it. */
import { queryWords } from '../words.js';

/** Of word F1: a sentence that shares less is no match. */
const LEAST_F1 = 0.2;

/**
 * The text around the sentence that is most like the snippet, as many characters before it as after it; without one, the beginning.
 * @param characters of the passage, beside that sentence
 */
export function passageOf(text: string, snippet: string, characters: number): string {
  const wanted = new Set(queryWords(snippet));
  let best = { f1: LEAST_F1, start: 0, end: 0 };
  for (const { segment, index } of new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)) {
    const f1 = sharedWords(new Set(queryWords(segment)), wanted);
    if (f1 > best.f1) best = { f1, start: index, end: index + segment.length };
  }
  const around = Math.floor(characters / 2);
  const [start, end] = best.end === 0 ? [0, characters] : [best.start - around, best.end + around];
  return whole(text.slice(Math.max(0, start), end).trim());
}

/** F1 of two sets. */
function sharedWords(given: ReadonlySet<string>, wanted: ReadonlySet<string>): number {
  const shared = [...given].filter((word) => wanted.has(word)).length;
  return shared === 0 ? 0 : (2 * shared) / (given.size + wanted.size);
}

/** Without the half of a character that was cut in two. */
const whole = (text: string): string => text.replace(/^[\uDC00-\uDFFF]/, '').replace(/[\uD800-\uDBFF]$/, '');
