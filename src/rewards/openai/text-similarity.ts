/** OpenAI's grader `text_similarity`: from 0 to 1, how alike two texts are. Needs no model, so that it has no `cosine` and no `meteor`. */
import type { RewardItem, RewardScore } from '../reward.js';
import { filled } from './template.js';

export type SimilarityMetric =
  'fuzzy_match' | 'bleu' | 'gleu' | 'rouge_1' | 'rouge_2' | 'rouge_3' | 'rouge_4' | 'rouge_5' | 'rouge_l';

export interface TextSimilarityOptions {
  readonly input: string;
  readonly reference: string;
  readonly evaluation_metric: SimilarityMetric;
}

/** What is compared of a text: a common subsequence takes the product of both lengths. */
const MAX_UNITS = 4000;
/** Longest runs of words that BLEU and GLEU count. */
const MAX_ORDER = 4;

export function scoreTextSimilarity({
  input,
  reference,
  evaluation_metric: metric,
}: TextSimilarityOptions): (item: RewardItem) => RewardScore {
  return (item) => {
    const text = filled(input, item);
    const reward = similarity(text, filled(reference, item), metric);
    return { reward, parts: { [metric]: reward }, flags: [], answer: text, formatValid: true };
  };
}

/** Texts of no words are alike when both have none. */
export function similarity(a: string, b: string, metric: SimilarityMetric): number {
  if (metric === 'fuzzy_match')
    return overlapOfSequences(Array.from(a).slice(0, MAX_UNITS), Array.from(b).slice(0, MAX_UNITS));
  const [given, wanted] = [wordsOf(a), wordsOf(b)];
  switch (metric) {
    case 'rouge_l':
      return overlapOfSequences(given, wanted);
    case 'bleu':
      return bleu(given, wanted);
    case 'gleu':
      return gleu(given, wanted);
    default:
      return rouge(given, wanted, Number(metric.slice(-1)));
  }
}

const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).slice(0, MAX_UNITS);

/** F1 of the longest common subsequence: 2 |lcs| / (|a| + |b|). Over characters it is the ratio of rapidfuzz, over words ROUGE-L. */
function overlapOfSequences(a: readonly string[], b: readonly string[]): number {
  if (a.length + b.length === 0) return 1;
  // Numbers are compared, and rows used again: there are millions of places.
  const numbers = new Map([...a, ...b].map((unit, i) => [unit, i]));
  const numbered = (units: readonly string[]) => Uint32Array.from(units, (unit) => numbers.get(unit) ?? 0);
  const [given, wanted] = [numbered(a), numbered(b)];
  let above = new Uint32Array(b.length + 1);
  let row = new Uint32Array(b.length + 1);
  for (const unit of given) {
    for (let j = 0; j < wanted.length; j += 1)
      row[j + 1] = unit === wanted[j] ? at(above, j) + 1 : Math.max(at(above, j + 1), at(row, j));
    [above, row] = [row, above];
  }
  return (2 * at(above, b.length)) / (a.length + b.length);
}

const at = (row: Uint32Array, i: number): number => row[i] ?? 0;

/** How often each run of `order` words occurs. */
function runsOf(words: readonly string[], order: number): Map<string, number> {
  const runs = new Map<string, number>();
  for (let i = 0; i + order <= words.length; i += 1) {
    const run = words.slice(i, i + order).join(' ');
    runs.set(run, (runs.get(run) ?? 0) + 1);
  }
  return runs;
}

function common(a: readonly string[], b: readonly string[], order: number) {
  const [given, wanted] = [runsOf(a, order), runsOf(b, order)];
  let matches = 0;
  for (const [run, count] of given) matches += Math.min(count, wanted.get(run) ?? 0);
  return { matches, given: Math.max(0, a.length - order + 1), wanted: Math.max(0, b.length - order + 1) };
}

/** ROUGE-N (Lin 2004) as F1. */
function rouge(a: readonly string[], b: readonly string[], order: number): number {
  const { matches, given, wanted } = common(a, b, order);
  return given + wanted === 0 ? 1 : (2 * matches) / (given + wanted);
}

/** BLEU (Papineni et al. 2002) of one sentence up to runs of four words, or of the length of the shorter text; 0 where one order has no match. */
function bleu(a: readonly string[], b: readonly string[]): number {
  const orders = Math.min(MAX_ORDER, a.length, b.length);
  if (orders === 0) return a.length === b.length ? 1 : 0;
  let logarithms = 0;
  for (let order = 1; order <= orders; order += 1) {
    const { matches, given } = common(a, b, order);
    logarithms += Math.log(matches / given);
  }
  return Math.exp(Math.min(0, 1 - b.length / a.length) + logarithms / orders);
}

/** GLEU (Wu et al. 2016): the lesser of precision and recall over all runs of one to four words. */
function gleu(a: readonly string[], b: readonly string[]): number {
  const total = { matches: 0, given: 0, wanted: 0 };
  for (let order = 1; order <= MAX_ORDER; order += 1) {
    const { matches, given, wanted } = common(a, b, order);
    total.matches += matches;
    total.given += given;
    total.wanted += wanted;
  }
  const most = Math.max(total.given, total.wanted);
  return most === 0 ? 1 : total.matches / most;
}
