/** Contenders' measurements of one quantity, as the tables show them. Pure. */
import type { QuantityResult } from './results.js';
import { summarise } from './statistics.js';

/** @param contenders the first is what the comparison is about: the ratios are its median over theirs */
export function compared(
  quantity: Pick<QuantityResult, 'what' | 'unit' | 'better'>,
  contenders: readonly { name: string; samples: number[] }[],
): QuantityResult {
  const results = contenders.map(({ name, samples }) => ({ name, samples, ...summarise(samples) }));
  const [subject] = results;
  return {
    ...quantity,
    contenders: results.map((one) => ({ ...one, ratio: one === subject ? null : subject!.median / one.median })),
  };
}
