/** The four metrics of ARPO's evaluation for one answer, quirks included. Bough's own are elsewhere: `exact_match`, `f1`, `contains`, `math`. */
import { sameLatex } from './latex-strings.js';

export interface PaperMetrics {
  readonly em: 0 | 1;
  /** The reference occurs in the answer. */
  readonly acc: 0 | 1;
  readonly f1: number;
  readonly math_equal: 0 | 1;
}

export type PaperTask = 'qa' | 'math';

const NOTHING: PaperMetrics = { em: 0, acc: 0, f1: 0, math_equal: 0 };
/** Answers that are right or wrong as a whole. */
const ALL_OR_NOTHING = new Set(['yes', 'no', 'noanswer']);
/** As Python has them: a combining mark ends a word. */
const ARTICLE = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// oxlint-disable-next-line no-control-regex -- Python counts four control characters as white space
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Each metric is the best over the references. Punctuation is kept; `qa` drops the words a, an, the. */
export function paperMetrics(answer: string, references: readonly string[], task: PaperTask): PaperMetrics {
  const text = normalised(answer, task);
  return references
    .map((reference) => compared(text, normalised(reference, task), task))
    .reduce(
      (best, one) => ({
        em: one.em || best.em,
        acc: one.acc || best.acc,
        f1: Math.max(best.f1, one.f1),
        math_equal: one.math_equal || best.math_equal,
      }),
      NOTHING,
    );
}

/** A text in brackets is a list to the evaluation: its parts between commas, quotes included. */
export function listedReferences(reference: string): string[] {
  if (!reference.startsWith('[')) return [reference];
  return reference
    .replace(/^[[\]]+|[[\]]+$/g, '')
    .split(',')
    .map((part) => part.trim());
}

function compared(answer: string, reference: string, task: PaperTask): PaperMetrics {
  return {
    em: answer === reference ? 1 : 0,
    acc: answer.includes(reference) ? 1 : 0,
    f1:
      task === 'qa' && answer !== reference && [answer, reference].some((one) => ALL_OR_NOTHING.has(one))
        ? 0
        : f1(answer, reference),
    math_equal: sameLatex(answer, reference) ? 1 : 0,
  };
}

function normalised(text: string, task: PaperTask): string {
  const lower = text.toLowerCase();
  return words(task === 'qa' ? lower.replace(ARTICLE, ' ') : lower).join(' ');
}

const words = (text: string): string[] => text.split(WHITE_SPACE).filter((word) => word !== '');

/** F1 of the words as bags, in Python's order of operations. */
function f1(answer: string, reference: string): number {
  const [given, wanted] = [words(answer), words(reference)];
  const left = [...wanted];
  let common = 0;
  for (const word of given) {
    const at = left.indexOf(word);
    if (at === -1) continue;
    left.splice(at, 1);
    common += 1;
  }
  if (common === 0) return 0;
  const [precision, recall] = [common / given.length, common / wanted.length];
  return (2 * precision * recall) / (precision + recall);
}
