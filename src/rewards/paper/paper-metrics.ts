/** The four metrics of ARPO's evaluation for one answer, quirks included. Bough's own are elsewhere: `exact_match`, `f1`, `contains`, `math`. */
import { bagOf, overlapF1 } from '../bag-of-words.js';
import { equalsLatex } from './latex-strings.js';

/** `acc`: the reference occurs in the answer. */
export const PAPER_METRICS = ['em', 'acc', 'f1', 'math_equal'] as const;
export type PaperMetric = (typeof PAPER_METRICS)[number];

export type PaperTask = 'qa' | 'math';

/** Answers that are right or wrong as a whole. */
const ALL_OR_NOTHING = new Set(['yes', 'no', 'noanswer']);
/** As Python has them: a combining mark ends a word. */
const ARTICLE = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// oxlint-disable-next-line no-control-regex -- Python counts four control characters as white space
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The best over the references. Punctuation is kept; `qa` drops the words a, an, the. */
export function paperMetric(
  metric: PaperMetric,
  answer: string,
  references: readonly string[],
  task: PaperTask,
): number {
  const compare = comparisons[metric](normalised(answer, task), task);
  return references.reduce((best, reference) => Math.max(best, compare(normalised(reference, task))), 0);
}

/** A text in brackets is a list to the evaluation: its parts between commas, quotes included. */
export function listedReferences(reference: string): string[] {
  if (!reference.startsWith('[')) return [reference];
  return withoutBrackets(reference)
    .split(',')
    .map((part) => part.trim());
}

/** Python's `strip('[]')`. A pattern would take the square of the time for a long row of brackets inside. */
function withoutBrackets(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && '[]'.includes(text.charAt(start))) start += 1;
  while (end > start && '[]'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

type Comparison = (answer: string, task: PaperTask) => (reference: string) => number;

const comparisons: { readonly [M in PaperMetric]: Comparison } = {
  em: (answer) => (reference) => Number(answer === reference),
  acc: (answer) => (reference) => Number(answer.includes(reference)),
  f1(answer, task) {
    const bag = bagOf(words(answer));
    const isWhole = (reference: string) => task === 'qa' && [answer, reference].some((one) => ALL_OR_NOTHING.has(one));
    return (reference) => (answer !== reference && isWhole(reference) ? 0 : overlapF1(bag, bagOf(words(reference))));
  },
  math_equal(answer) {
    const equals = equalsLatex(answer);
    return (reference) => Number(equals(reference));
  },
};

function normalised(text: string, task: PaperTask): string {
  const lower = text.toLowerCase();
  return words(task === 'qa' ? lower.replace(ARTICLE, ' ') : lower).join(' ');
}

const words = (text: string): string[] => text.split(WHITE_SPACE).filter((word) => word !== '');
