/** The figures of an evaluation from its items. Pure: items in, numbers out. */
import { isRightBy, type RightBy } from '../../spec/evaluation-spec.js';
import { mean, standardError } from '../../spec/statistics.js';
import { majorityShare } from './majority.js';

export interface AggregatedItem {
  example: number;
  reward: number | null;
  exactMatch: number | null;
  formatValid: boolean;
  toolCalls: number;
  /** Null of one that was made before they were counted. */
  modelTokens: number | null;
  answer: string | null;
  rewardStatus: string;
}

export interface Mean {
  /** Null when nothing was scored. */
  mean: number | null;
  /** Null for fewer than two questions. */
  standard_error: number | null;
}

export interface Aggregates {
  num_items: number;
  /** Questions with a scored answer. */
  num_questions: number;
  /** Answers that could not be scored: they count nowhere else. */
  num_infra_error: number;
  exact_match: Mean;
  reward: Mean;
  format_valid: Mean;
  tool_calls: Mean;
  /** That the model wrote. */
  model_tokens: Mean;
  /** Answers that are right: the mean is pass@1. */
  right: Mean;
  /** For all k up to the fewest scored answers of a question; empty when that is one. */
  pass_at_k: Record<string, number>;
  /** Whether the commonest of a question's answers is right; null when no question has two. */
  majority: Mean | null;
  /** Null: the evaluation names no category. Questions without one are in none. */
  by_category: Record<string, CategoryFigures> | null;
}

interface CategoryFigures {
  num_questions: number;
  num_infra_error: number;
  right: Mean;
  exact_match: Mean;
  reward: Mean;
}

/** Several answers to one question are not independent: means and standard errors are those of the questions' means. */
export function aggregate(
  items: readonly AggregatedItem[],
  rightBy: RightBy,
  categories: ReadonlyMap<number, string> | null,
): Aggregates {
  const isRight = (item: AggregatedItem): boolean => isRightBy(rightBy, item);
  const { over, questions, ...figures } = figuresOf(items, isRight);
  return {
    num_items: items.length,
    ...figures,
    format_valid: over(({ formatValid }) => (formatValid ? 1 : 0)),
    tool_calls: over(({ toolCalls }) => toolCalls),
    model_tokens: over(({ modelTokens }) => modelTokens ?? 0),
    pass_at_k: passAtK(questions, isRight),
    majority: questions.some((answers) => answers.length > 1)
      ? meanOf(questions.map((answers) => majorityShare(answers, isRight)))
      : null,
    by_category: categories && byCategory(items, isRight, categories),
  };
}

function figuresOf(items: readonly AggregatedItem[], isRight: (item: AggregatedItem) => boolean) {
  const scored = items.filter(({ rewardStatus }) => rewardStatus === 'scored');
  const questions = [...grouped(scored, ({ example }) => example).values()];
  const over = (measure: (item: AggregatedItem) => number): Mean =>
    meanOf(questions.map((answers) => mean(answers.map(measure))));
  return {
    over,
    questions,
    num_questions: questions.length,
    num_infra_error: items.length - scored.length,
    right: over((item) => (isRight(item) ? 1 : 0)),
    exact_match: over(({ exactMatch }) => exactMatch ?? 0),
    reward: over(({ reward }) => reward ?? 0),
  };
}

function byCategory(
  items: readonly AggregatedItem[],
  isRight: (item: AggregatedItem) => boolean,
  categories: ReadonlyMap<number, string>,
): Record<string, CategoryFigures> {
  const groups = grouped(
    items.filter(({ example }) => categories.has(example)),
    ({ example }) => categories.get(example) ?? '',
  );
  const sorted = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([name, members]) => {
      const { over: _over, questions: _questions, ...figures } = figuresOf(members, isRight);
      return [name, figures];
    }),
  );
}

const meanOf = (means: readonly number[]): Mean => ({
  mean: means.length > 0 ? mean(means) : null,
  standard_error: standardError(means),
});

function grouped<K>(items: readonly AggregatedItem[], keyOf: (item: AggregatedItem) => K): Map<K, AggregatedItem[]> {
  const groups = new Map<K, AggregatedItem[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function passAtK(
  questions: readonly (readonly AggregatedItem[])[],
  isRight: (item: AggregatedItem) => boolean,
): Record<string, number> {
  const fewest = Math.min(...questions.map((answers) => answers.length));
  const figures: Record<string, number> = {};
  if (!Number.isFinite(fewest) || fewest < 2) return figures;
  for (let k = 1; k <= fewest; k++) {
    figures[k] = mean(questions.map((answers) => passProbability(answers.length, answers.filter(isRight).length, k)));
  }
  return figures;
}

/** 1 - C(n-c, k) / C(n, k): the unbiased estimator of arXiv 2107.03374, from c right answers among n. */
export function passProbability(n: number, c: number, k: number): number {
  if (n - c < k) return 1;
  let allWrong = 1;
  for (let i = n - c + 1; i <= n; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}
