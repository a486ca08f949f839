/** The rewards of the contract: one row for each type. A new one is a row, a file here where it has defaults, and how it scores in `src/rewards`. */
import { z } from 'zod';
import { notBuilt } from '../availability.js';
import type { SpecProblem } from '../problem.js';
import { arpo } from './arpo.js';
import { plainReward, type RewardRow } from './reward-row.js';

const SIMPLE = {
  arpo,
  exact_match: plainReward(z.strictObject({ type: z.literal('exact_match') }), { built: true }),
  f1: plainReward(z.strictObject({ type: z.literal('f1') }), { built: true }),
  math: plainReward(z.strictObject({ type: z.literal('math') }), { built: false }),
  judge: plainReward(
    z.strictObject({
      type: z.literal('judge'),
      model: z.string(),
      url: z.url().optional(),
      secret: z.string().optional(),
    }),
    { built: false },
  ),
  python: plainReward(z.strictObject({ type: z.literal('python'), source: z.string().max(65536) }), { built: false }),
  http: plainReward(z.strictObject({ type: z.literal('http'), url: z.url(), secret: z.string().optional() }), {
    built: false,
  }),
} as const;

type Simple = (typeof SIMPLE)[keyof typeof SIMPLE];

/** A weighted sum of other rewards. */
const sum = plainReward(
  z.strictObject({
    type: z.literal('sum'),
    terms: z
      .array(
        z.strictObject({
          weight: z.number(),
          reward: z.discriminatedUnion(
            'type',
            Object.values(SIMPLE).map(({ input }) => input) as [Simple['input'], ...Simple['input'][]],
          ),
        }),
      )
      .min(1)
      .max(8),
  }),
  { built: false },
);

const REWARDS = { ...SIMPLE, sum } as const;

type Rows = typeof REWARDS;
export type RewardType = keyof Rows;
/** The types that `src/rewards` has to make. */
export type BuiltRewardType = { [T in RewardType]: Rows[T]['built'] extends true ? T : never }[RewardType];

const rows = Object.values(REWARDS);
type Row = Rows[RewardType];

export const RewardSpecInput = z
  .discriminatedUnion('type', rows.map(({ input }) => input) as [Row['input'], ...Row['input'][]])
  .meta({ id: 'RewardSpec' });
export type RewardSpecInput = z.infer<typeof RewardSpecInput>;

export const ResolvedRewardSpec = z
  .discriminatedUnion('type', rows.map(({ resolved }) => resolved) as [Row['resolved'], ...Row['resolved'][]])
  .meta({ id: 'ResolvedRewardSpec', description: 'A reward with every default filled in.' });
export type ResolvedRewardSpec = z.infer<typeof ResolvedRewardSpec>;

/** The row of a reward's type, which takes rewards of that type alone. */
const rowOf = (type: RewardType) =>
  REWARDS[type] as unknown as RewardRow<typeof RewardSpecInput, typeof ResolvedRewardSpec>;

export function resolveReward(reward: RewardSpecInput): ResolvedRewardSpec {
  return rowOf(reward.type).resolve(reward);
}

/** What keeps a run or an evaluation from being scored by it. */
export function rewardProblems({ type }: RewardSpecInput, path = 'reward'): SpecProblem[] {
  return notBuilt(REWARDS, type, `${path}.type`, `reward ${type} is`);
}

export function isBuiltReward(
  reward: ResolvedRewardSpec,
): reward is Extract<ResolvedRewardSpec, { type: BuiltRewardType }> {
  return REWARDS[reward.type].built;
}
