/** Questions that teach nothing for now, and how often they are asked again. Which they are is found by the trainer. */
import { z } from 'zod';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import type { WithoutEffect } from '../without-effect.js';

const chance = z.number().min(0).max(1);

const DifficultyPoolsSpec = z
  .strictObject({
    solved: chance.describe(
      'Chance, in each pass over the dataset, that a question is asked all of whose last trajectories had at least `solved_reward`; 0: never again.',
    ),
    too_hard: chance.describe(
      'Chance, in each pass over the dataset, that a question is asked all of whose last trajectories had at most `too_hard_reward`; 0: never again.',
    ),
    solved_reward: z.number(),
    too_hard_reward: z.number().describe('Below `solved_reward`.'),
  })
  .meta({ id: 'ResolvedDifficultyPoolsSpec' });
export type DifficultyPoolsSpec = z.infer<typeof DifficultyPoolsSpec>;

const description =
  'Asks questions that all trajectories of their group have solved, or none, again only now and then. An answer that puts the question into no pool takes it out of its own. ' +
  'null: every question is asked in every pass.';

export const poolsInput = DifficultyPoolsSpec.partial()
  .meta({ id: 'DifficultyPoolsSpec' })
  .nullable()
  .describe(`${description} Defaults: both chances 1, solved_reward 1, too_hard_reward 0.`);

export const poolsResolved = DifficultyPoolsSpec.nullable().describe(description);

export function resolvePools(input: z.infer<typeof poolsInput> | undefined): DifficultyPoolsSpec | null {
  if (!input) return null;
  return overlay<DifficultyPoolsSpec>({ solved: 1, too_hard: 1, solved_reward: 1, too_hard_reward: 0 }, input);
}

/** Of a spec with `training.pools`. */
export function poolsProblems(pools: DifficultyPoolsSpec | null): SpecProblem[] {
  if (pools === null || pools.too_hard_reward < pools.solved_reward) return [];
  return [
    {
      path: 'training.pools.too_hard_reward',
      message: `must be below solved_reward (${pools.solved_reward}): a question cannot be solved and too hard at once`,
    },
  ];
}

type WithPools = { readonly training: { readonly pools: DifficultyPoolsSpec | null } };

export const POOL_FIELDS: readonly WithoutEffect<WithPools>[] = [
  {
    fields: ['training.pools'],
    when: ({ training: { pools } }) => pools !== null && pools.solved === 1 && pools.too_hard === 1,
    why: 'both chances are 1, so that every question is asked in every pass; give solved or too_hard less',
  },
];
