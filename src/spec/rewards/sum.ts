import { z } from 'zod';
import { rewardRow } from './reward-row.js';
import { ResolvedSimpleReward, resolveSimpleReward, simpleRewardProblems, SimpleRewardInput } from './simple.js';

const name = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'give up to 64 letters, digits, _ or -')
  .describe('Before the names of its parts and flags. Default the type of its reward, numbered where several have it.');
const weight = z.number().min(-1_000_000).max(1_000_000).describe('Default 1.');
const bound = z.number().nullable();
const clamp = z
  .strictObject({ min: bound, max: bound })
  .describe('Limits of the sum; null: none. What they add or take away is the part `clamp`.');

const termsOf = <Term extends z.ZodType>(term: Term) => z.array(term).min(1).max(8);

const TermInput = z.strictObject({ name: name.optional(), weight: weight.optional(), reward: SimpleRewardInput });

/** A weighted sum. Sums are no terms of sums: a longer list of terms says the same. */
export const sum = rewardRow({
  input: z.strictObject({ type: z.literal('sum'), terms: termsOf(TermInput), clamp: clamp.partial().optional() }),
  resolved: z.strictObject({
    type: z.literal('sum'),
    terms: termsOf(z.strictObject({ name, weight, reward: ResolvedSimpleReward })),
    clamp,
  }),
  resolve({ type, terms, clamp: { min = null, max = null } = {} }) {
    const named = namesOf(terms);
    return {
      type,
      terms: named.map(({ name: given, term: { weight: factor = 1, reward } }) => ({
        name: given,
        weight: factor,
        reward: resolveSimpleReward(reward),
      })),
      clamp: { min, max },
    };
  },
  problems({ terms, clamp: { min = null, max = null } = {} }, path) {
    const names = namesOf(terms).map((named) => named.name);
    const problems = terms.flatMap(({ reward }, i) => simpleRewardProblems(reward, `${path}.terms.${i}.reward`));
    names.forEach((one, i) => {
      if (names.indexOf(one) === i) return;
      problems.push({ path: `${path}.terms.${i}.name`, message: `another term has the name ${one}; give another` });
    });
    if (terms.every((term) => term.weight === 0))
      problems.push({ path: `${path}.terms`, message: 'all weights are 0, so that every answer earns the same' });
    if (min !== null && max !== null && max < min)
      problems.push({ path: `${path}.clamp.max`, message: `must not be less than min (${min})` });
    return problems;
  },
});

function namesOf(terms: readonly z.infer<typeof TermInput>[]) {
  return terms.map((term, i) => {
    const { type } = term.reward;
    const before = terms.slice(0, i).filter((other) => other.name === undefined && other.reward.type === type).length;
    return { term, name: term.name ?? (before === 0 ? type : `${type}_${before + 1}`) };
  });
}
