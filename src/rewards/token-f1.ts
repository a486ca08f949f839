/** Overlap of two short answers as bags of words. Knows nothing of tags or boxes. */
import { normalisedWords, type NormalisationRules } from './normalise.js';

/** Answers that are right or wrong as a whole. */
const ALL_OR_NOTHING = new Set(['yes', 'no', 'noanswer']);

/** F1 = 2pr / (p + r) of the words, the best over the references; 0 without references. Doubles, in Python's order of operations. */
export function tokenF1(answer: string, references: readonly string[], rules: NormalisationRules): number {
  const answerWords = normalisedWords(answer, rules);
  return references.reduce((best, reference) => Math.max(best, f1(answerWords, normalisedWords(reference, rules))), 0);
}

function f1(answer: readonly string[], reference: readonly string[]): number {
  const answerText = answer.join(' ');
  const referenceText = reference.join(' ');
  if (answerText !== referenceText && (ALL_OR_NOTHING.has(answerText) || ALL_OR_NOTHING.has(referenceText))) return 0;
  const remaining = new Map<string, number>();
  for (const word of reference) remaining.set(word, (remaining.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of answer) {
    const left = remaining.get(word) ?? 0;
    if (left === 0) continue;
    remaining.set(word, left - 1);
    common += 1;
  }
  if (common === 0) return 0;
  const precision = common / answer.length;
  const recall = common / reference.length;
  return (2 * precision * recall) / (precision + recall);
}
