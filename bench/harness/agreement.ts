/** Whether two sides did the same work, judged by what came out. Pure. */
import type { Measurement } from './protocol.js';

/** Relative. Two orders of summation in float32, over a large vocabulary. */
const LOSS_BOUND = 1e-4;
const NORM_BOUND = 2e-3;
/** Of the tokens, up to the first one of each row that differs: a near tie may fall either way, and everything after it is another text. */
const TOKEN_SHARE = 0.8;

/** In words, what differs by more than rounding; null when nothing does. */
export function disagreement(ours: Measurement, theirs: Measurement, rows: number): string | null {
  const numbers = [
    ['loss', ours.loss, theirs.loss, LOSS_BOUND],
    ['gradient norm', ours.gradient_norm, theirs.gradient_norm, NORM_BOUND],
  ] as const;
  for (const [what, a, b, bound] of numbers) {
    if (a === undefined && b === undefined) continue;
    // Not "greater than": what is missing or not a number must not pass.
    const agrees = Math.abs((a ?? NaN) - (b ?? NaN)) <= bound * Math.abs(b ?? NaN);
    if (!agrees) return `the ${what} is ${a} against ${b}`;
  }
  if (ours.tokens === undefined && theirs.tokens === undefined) return null;
  const share = commonShare(ours.tokens ?? [], theirs.tokens ?? [], rows);
  return share >= TOKEN_SHARE ? null : `only ${Math.round(100 * share)}% of the decoded tokens are the same`;
}

/** Share of the tokens that lie before the first difference of their row; 0 when the lengths differ. */
export function commonShare(a: readonly number[], b: readonly number[], rows: number): number {
  if (a.length !== b.length || a.length === 0) return 0;
  const length = a.length / rows;
  let common = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    const differs = a.slice(start, start + length).findIndex((token, i) => token !== b[start + i]);
    common += differs === -1 ? length : differs;
  }
  return common / a.length;
}
