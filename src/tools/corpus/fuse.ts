/** Makes one ranking of several, by reciprocal rank (Cormack, Clarke and Büttcher 2009). */
import { Best } from './best.js';

/** The paper's. */
const K = 60;

/**
 * The numbers of the best documents, at most `limit`, equally good ones by number.
 * @param rankings each best first
 */
export function fused(rankings: readonly (readonly number[])[], limit: number): number[] {
  const scores = new Map<number, number>();
  for (const ranking of rankings) {
    for (const [i, number] of ranking.entries()) scores.set(number, (scores.get(number) ?? 0) + 1 / (K + i + 1));
  }
  const best = new Best(limit);
  for (const [number, score] of scores) best.offer(number, score);
  return best.numbers;
}
