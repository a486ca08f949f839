/** Overlap of two short answers as bags of words. Knows nothing of tags or boxes. */
import { bagOf, overlapF1 } from './bag-of-words.js';
import { normalisedWords, type NormalisationRules } from './normalise.js';

/** Answers that are right or wrong as a whole. */
const ALL_OR_NOTHING = new Set(['yes', 'no', 'noanswer']);

/** The best F1 over the references; 0 without references. */
export function tokenF1(answer: string, references: readonly string[], rules: NormalisationRules): number {
  const given = wordsOf(answer, rules);
  return references.reduce((best, reference) => Math.max(best, f1(given, wordsOf(reference, rules))), 0);
}

function wordsOf(text: string, rules: NormalisationRules) {
  const words = normalisedWords(text, rules);
  return { text: words.join(' '), bag: bagOf(words) };
}

function f1(given: ReturnType<typeof wordsOf>, wanted: ReturnType<typeof wordsOf>): number {
  const isWhole = [given, wanted].some(({ text }) => ALL_OR_NOTHING.has(text));
  return isWhole && given.text !== wanted.text ? 0 : overlapF1(given.bag, wanted.bag);
}
