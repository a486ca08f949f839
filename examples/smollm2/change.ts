/** Whether one evaluation is better than another on the same questions. Pure: answers in, numbers out. */
import type { EvaluationItem } from '../support/evaluate.js';

export interface Change {
  readonly mean: number;
  /** Of the mean; null for fewer than two questions. */
  readonly standardError: number | null;
}

/** The part of an answer that is compared. */
export type Answer = Pick<EvaluationItem, 'example' | 'reward' | 'format_valid' | 'exact_match'>;

/** How much an answer is worth; null when it could not be scored. */
export type Measure = (answer: Answer) => number | null;

/** The mean paired difference over the questions that both have scored; null when there are none. One answer per question. */
export function change(before: readonly Answer[], after: readonly Answer[], measure: Measure): Change | null {
  const earlier = new Map(before.map((answer) => [answer.example, measure(answer)]));
  const differences = after.flatMap((answer) => {
    const [from, to] = [earlier.get(answer.example) ?? null, measure(answer)];
    return from === null || to === null ? [] : [to - from];
  });
  if (differences.length === 0) return null;
  const mean = sum(differences) / differences.length;
  const squares = sum(differences.map((difference) => (difference - mean) ** 2));
  const n = differences.length;
  return { mean, standardError: n < 2 ? null : Math.sqrt(squares / (n - 1) / n) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
