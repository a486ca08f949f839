/** The held-out questions that a run answers as it goes: in which sets, how often, and what follows from the answers. Not the evaluation of a finished model. */
import { z } from 'zod';
import { DatasetId } from '../ids.js';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import type { WithoutEffect } from '../without-effect.js';

const positiveInt = z.int().min(1);

const HeldOutSetSpec = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z][\w.-]{0,63}$/,
        'must begin with a letter, and have up to 64 letters, digits, dots, hyphens and _',
      )
      .describe('Its metrics are `eval/<name>/…`. Default the id of its dataset.'),
    dataset: DatasetId.describe('Of kind rl.'),
    limit: positiveInt.nullable().describe('The first so many questions; null: all.'),
  })
  .meta({ id: 'ResolvedHeldOutSetSpec' });
type HeldOutSetSpec = z.infer<typeof HeldOutSetSpec>;

const BestSpec = z
  .strictObject({
    set: z.string().describe('Name of the set that decides. Default the first.'),
    metric: z
      .enum(['reward', 'exact_match', 'format_valid'])
      .describe('Mean over the questions of the set; the highest is the best. Default reward.'),
    patience: positiveInt
      .nullable()
      .describe(
        'The run ends, and has succeeded, after so many evaluations in a row without an improvement. Default null: it does not.',
      ),
    min_improvement: z
      .number()
      .min(0)
      .describe(
        'How much higher the metric must be, since the last improvement, to count against `patience`. Default 0: at all.',
      ),
  })
  .meta({ id: 'ResolvedBestSpec' });
export type BestSpec = z.infer<typeof BestSpec>;

const description =
  'Held-out questions, each answered once and greedily, after every `every_steps` steps and the last. null: none.';
const bestDescription =
  'Keeps the checkpoint that is the best by a metric of a set, beside the newest `checkpoint.keep`, and says which it is in `best_checkpoint` of the run. null: none is kept for that.';

const HeldOutSpec = z
  .strictObject({
    every_steps: positiveInt,
    sets: z.array(HeldOutSetSpec).min(1).max(16),
    best: BestSpec.nullable().describe(bestDescription),
  })
  .meta({ id: 'ResolvedHeldOutSpec' });
export type HeldOutSpec = z.infer<typeof HeldOutSpec>;

export const heldOutInput = z
  .strictObject({
    every_steps: positiveInt.describe('Default 10.').optional(),
    dataset: DatasetId.optional().describe('Short for one set.'),
    limit: HeldOutSetSpec.shape.limit.optional(),
    sets: z
      .array(HeldOutSetSpec.partial({ name: true, limit: true }).meta({ id: 'HeldOutSetSpec' }))
      .min(1)
      .max(16)
      .optional()
      .describe('Several sets, each with metrics of its own.'),
    best: BestSpec.partial().meta({ id: 'BestSpec' }).nullable().optional().describe(bestDescription),
  })
  .superRefine(({ dataset, limit, sets }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (!dataset && !sets) refuse('dataset', 'name a dataset of kind rl, or give several as `sets`');
    if (dataset && sets) refuse('dataset', 'is short for one set: remove it, or `sets`');
    if (limit !== undefined && sets) refuse('limit', 'is of `dataset`: give the limit of each set');
  })
  .meta({
    id: 'HeldOutSpec',
    example: {
      every_steps: 5,
      sets: [
        { name: 'easy', dataset: 'ds_01m8ejw3m1f8mt4hkav0dzvq2c', limit: 50 },
        { name: 'hard', dataset: 'ds_01m8ejw5z7e6xbqyk4tq3nrp9d' },
      ],
      best: { set: 'hard', metric: 'exact_match', patience: 3, min_improvement: 0.01 },
    },
  })
  .nullable()
  .describe(description);
type HeldOutInput = z.infer<typeof heldOutInput>;

export const heldOutResolved = HeldOutSpec.nullable().describe(description);

export function resolveHeldOut(input: HeldOutInput | undefined): HeldOutSpec | null {
  if (!input) return null;
  const { dataset, limit, every_steps = 10 } = input;
  const given = input.sets ?? (dataset ? [{ dataset, limit }] : []);
  const sets = given.map((set): HeldOutSetSpec => ({
    name: set.name ?? set.dataset,
    dataset: set.dataset,
    limit: set.limit ?? null,
  }));
  const defaults = { set: sets[0]?.name ?? '', metric: 'reward', patience: null, min_improvement: 0 } as const;
  return { every_steps, sets, best: input.best ? overlay<BestSpec>(defaults, input.best) : null };
}

/** Evaluations that a run of so many steps makes: where they are due, and after the last step. */
export function evaluationCount(steps: number, every: number | null): number {
  return every === null ? 0 : Math.ceil(steps / every);
}

/** What contradicts itself. */
export function heldOutProblems({ sets, best }: HeldOutSpec): SpecProblem[] {
  const names = sets.map(({ name }) => name);
  const problems = sets.flatMap(({ name }, i): SpecProblem[] => {
    if (names.indexOf(name) === i) return [];
    const message = `two sets are called ${name}; give one of them another name`;
    return [{ path: `evaluation.sets.${i}.name`, message }];
  });
  if (best && !names.includes(best.set)) {
    const message = `there is no set ${best.set}: name one of ${names.join(', ')}`;
    problems.push({ path: 'evaluation.best.set', message });
  }
  return problems;
}

interface Evaluated {
  readonly evaluation: HeldOutSpec | null;
  readonly training: { readonly steps: number };
}

export const HELD_OUT_FIELDS: readonly WithoutEffect<Evaluated>[] = [
  {
    fields: ['evaluation.best.min_improvement'],
    when: ({ evaluation }) => evaluation?.best?.patience === null,
    why: 'it counts against evaluation.best.patience, and there is none',
  },
  {
    fields: ['evaluation.best.patience'],
    when: ({ evaluation, training }) => (evaluation?.best?.patience ?? -1) + 1 >= evaluationsOf(evaluation, training),
    why: ({ evaluation, training }) =>
      `the run makes ${evaluationsOf(evaluation, training)} evaluations, and the first is always an improvement: lower it, or evaluation.every_steps`,
  },
];

const evaluationsOf = (evaluation: HeldOutSpec | null, { steps }: Evaluated['training']): number =>
  evaluationCount(steps, evaluation?.every_steps ?? null);
