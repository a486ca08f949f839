/** What the contract says of one type of reward: a row of the table in `index.ts`. How it scores is in `src/rewards`. */
import type { z } from 'zod';
import type { Availability } from '../availability.js';
import type { TypedRow } from '../typed-row.js';

/** Its problems do not say that it is not built. */
export interface RewardRow<Input extends z.ZodType = z.ZodType, Resolved extends z.ZodType = z.ZodType>
  extends Availability, TypedRow<Input, Resolved> {}

interface GivenRow<Input extends z.ZodType, Resolved extends z.ZodType, Built extends boolean> extends Pick<
  RewardRow<Input, Resolved>,
  'input' | 'resolved' | 'resolve'
> {
  readonly built: Built;
  readonly problems?: RewardRow<Input, Resolved>['problems'];
}

/** Checks a row's parts against each other. */
export function rewardRow<Input extends z.ZodType, Resolved extends z.ZodType, const Built extends boolean>(
  row: GivenRow<Input, Resolved, Built>,
): RewardRow<Input, Resolved> & { readonly built: Built } {
  return { problems: () => [], ...row };
}

/** The row of a reward all of whose fields are given, or absent for good. */
export function plainReward<Shape extends z.ZodType, const Built extends boolean>(
  shape: Shape,
  { built }: { readonly built: Built },
): RewardRow<Shape, Shape> & { readonly built: Built } {
  return rewardRow({ built, input: shape, resolved: shape, resolve: (reward) => reward });
}
