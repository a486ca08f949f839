/** Makes what the contract says of one type of reward: a row of the table in `index.ts`. How it scores is in `src/rewards`. */
import type { z } from 'zod';
import type { TypedRow } from '../typed-row.js';

type GivenRow<Input extends z.ZodType, Resolved extends z.ZodType> = Omit<TypedRow<Input, Resolved>, 'problems'> &
  Partial<Pick<TypedRow<Input, Resolved>, 'problems'>>;

/** Checks a row's parts against each other. */
export function rewardRow<Input extends z.ZodType, Resolved extends z.ZodType>(
  row: GivenRow<Input, Resolved>,
): TypedRow<Input, Resolved> {
  return { problems: () => [], ...row };
}

/** The row of a reward all of whose fields are given, or absent for good. */
export function plainReward<Shape extends z.ZodType>(shape: Shape): TypedRow<Shape, Shape> {
  return rewardRow({ input: shape, resolved: shape, resolve: (reward) => reward });
}
