/**
 * Rows whose LaTeX was written into a string literal with single backslashes: `\b` and `\f` became control characters, and `\boxed` a backspace
 * and `oxed`. Every prompt of ARPO's published training set is so. Only these two commands are mended, before which such a character is never meant.
 */

/** In JSON text: an escape for a backspace or a form feed, after an even number of backslashes, before what is left of the command. */
const DAMAGED = /(?<!\\)(?<before>(?:\\\\)*)\\(?=boxed\{|frac\{)/g;

/** Completes `<number> rows `. */
export const MENDED =
  'had a control character in place of the first letter and backslash of \\boxed or \\frac, as a string literal with single backslashes leaves it: it was mended';

/** @param json one row */
export function mendedJson(json: string): string {
  return json.replaceAll(DAMAGED, String.raw`$<before>\\`);
}
