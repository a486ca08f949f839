/**
 * SQuAD's normalisation of short answers, with Python's idea of words and white space. Not a parser of mathematics.
 * Lower case; ASCII punctuation deleted (not spaced); the words a, an, the dropped; split at white space.
 */

/** Departures from the original that keep different answers apart and equal ones together. */
export interface NormalisationRules {
  /** A sign before a number and the point or slash within one stay: -3 is not 3, 1/2 is not 12. U+2212 is a minus. */
  readonly keepNumbers: boolean;
  /** `\text{Paris}` is Paris; likewise `\textbf`, `\mathrm` and `\mathbf`. */
  readonly unwrapText: boolean;
  /** Every character of a script without spaces between words is a word, as in the CMRC 2018 evaluation (arXiv 1810.07366), and punctuation is that of all scripts. */
  readonly allScripts: boolean;
  /** The option "A" stays "a": articles are dropped only where something is left over. */
  readonly keepLoneArticle: boolean;
}

/** Python's string.punctuation. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
/** As PUNCTUATION, except a minus before a number or a LaTeX command, and a point or slash between digits. */
const PUNCTUATION_OUTSIDE_NUMBERS =
  /(?!(?<![\p{L}\p{N}_)}\]])-(?=\.?\d|\\)|(?<=\d)[./](?=\d)|(?<!\d)\.(?=\d))[!-/:-@[-`{-~]/gu;
/** Python's \b: a letter, a number or an underscore of any script is part of a word; a combining mark is not. */
const ARTICLE = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
/** Python's str.split(): unlike JavaScript's \s it has U+001C to U+001F and U+0085 and lacks U+FEFF. */
// oxlint-disable-next-line no-control-regex -- Python counts four control characters as white space
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
const TEXT_COMMAND = /\\(?:text|textbf|mathrm|mathbf)\{([^{}]*)\}/g;

/** Punctuation beyond ASCII. */
const OTHER_PUNCTUATION = /[^\P{P}!-/:-@[-`{-~]/gu;
/** Characters of scripts that put no spaces between words. */
const UNSPACED =
  /[\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script_Extensions=Thai}\p{Script_Extensions=Lao}\p{Script_Extensions=Khmer}\p{Script_Extensions=Myanmar}]/gu;

const words = (text: string): string[] => text.split(WHITE_SPACE).filter((word) => word !== '');

/** The words that are compared; empty when the text has none. */
export function normalisedWords(text: string, rules: NormalisationRules): string[] {
  let rest = text.toLowerCase();
  if (rules.unwrapText) rest = rest.replace(TEXT_COMMAND, '$1');
  if (rules.keepNumbers) rest = rest.replaceAll('\u2212', '-').replace(PUNCTUATION_OUTSIDE_NUMBERS, '');
  else rest = rest.replace(PUNCTUATION, '');
  if (rules.allScripts) rest = rest.replace(OTHER_PUNCTUATION, '').replace(UNSPACED, ' $& ');
  const kept = words(rest.replace(ARTICLE, ' '));
  return kept.length === 0 && rules.keepLoneArticle ? words(rest) : kept;
}
