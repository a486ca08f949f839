/**
 * Cuts a text into the words that the search tool compares. Scripts that put no spaces between words (and Korean, which glues particles to
 * them) are cut into overlapping pairs of characters, which need no dictionary and so are the same on every machine and for ever: a replayed
 * run searches as it did. Knows nothing of ranking.
 */

/** Blocks of code points rather than scripts by name, because the names' extent changes with the Unicode version of Node. */
const UNSPACED = [
  String.raw`\u0e00-\u0eff`, // Thai, Lao
  String.raw`\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f`, // Myanmar
  String.raw`\u1780-\u17ff`, // Khmer
  String.raw`\u1100-\u11ff\uac00-\ud7ff`, // Hangul
  String.raw`\u3005-\u3007\u3021-\u31bf\u31f0-\u31ff\u{1aff0}-\u{1b16f}`, // Hiragana, Katakana, Bopomofo, marks of repetition
  String.raw`\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}`, // Han
].join('');
/** Runs of letters, marks and digits of any script; a character without spaces around it keeps its marks. */
const RUN = /[\p{L}\p{M}\p{N}]+/gu;
const ANY_UNSPACED = new RegExp(`[${UNSPACED}]`, 'u');
const PART = new RegExp(String.raw`(?:[${UNSPACED}]\p{M}*)+|[^${UNSPACED}]+`, 'gu');
const CHARACTER = new RegExp(String.raw`[${UNSPACED}]\p{M}*`, 'gu');

/** Words of a document, in lower case: of an unspaced part each pair of characters, and each character. */
export const documentWords = (text: string): string[] =>
  wordsOf(text, (characters) => [...characters, ...pairs(characters)]);

/** Words of a query: of an unspaced part its pairs, or its only character. */
export const queryWords = (text: string): string[] =>
  wordsOf(text, (characters) => (characters.length === 1 ? characters : pairs(characters)));

function wordsOf(text: string, cut: (characters: string[]) => string[]): string[] {
  const plain = text.normalize('NFKC').toLowerCase();
  const runs = plain.match(RUN) ?? [];
  if (!ANY_UNSPACED.test(plain)) return runs;
  return runs.flatMap((run) => (run.match(PART) ?? []).flatMap((part) => cutUnspaced(part, cut)));
}

function cutUnspaced(part: string, cut: (characters: string[]) => string[]): string[] {
  const characters = part.match(CHARACTER);
  return characters ? cut(characters) : [part];
}

function pairs(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, i) => `${characters[i]}${character}`);
}
