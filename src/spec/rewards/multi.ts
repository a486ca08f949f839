import { z } from 'zod';
import type { SpecProblem } from '../problem.js';
import { parseFormula } from './formula.js';
import { rewardRow } from './reward-row.js';
import { ResolvedSimpleReward, resolveSimpleReward, simpleRewardProblems, SimpleRewardInput } from './simple.js';

const key = z.string().regex(/^[A-Za-z_][\w-]{0,63}$/);
const fields = {
  type: z.literal('multi'),
  name: z.string().max(256).optional(),
  calculate_output: z
    .string()
    .min(1)
    .max(1000)
    .describe('Arithmetic over the names of the graders: + - * / ^, min, max, abs, floor, ceil, exp, sqrt and log.'),
};
const MAX_GRADERS = 8;

/** OpenAI's grader of that name: a formula over the rewards of others. */
export const multi = rewardRow({
  input: z.strictObject({ ...fields, graders: z.record(key, SimpleRewardInput) }),
  resolved: z.strictObject({ ...fields, graders: z.record(key, ResolvedSimpleReward) }),
  resolve: ({ graders, ...reward }) => ({
    ...reward,
    graders: Object.fromEntries(Object.entries(graders).map(([name, grader]) => [name, resolveSimpleReward(grader)])),
  }),
  problems({ graders, calculate_output: formula }, path) {
    const names = Object.keys(graders);
    const problems = Object.entries(graders).flatMap(([name, grader]) =>
      simpleRewardProblems(grader, `${path}.graders.${name}`),
    );
    if (names.length === 0 || names.length > MAX_GRADERS)
      problems.push({ path: `${path}.graders`, message: `give 1 to ${MAX_GRADERS} graders` });
    return [...problems, ...formulaProblems(formula, names, `${path}.calculate_output`)];
  },
});

function formulaProblems(formula: string, names: readonly string[], path: string): SpecProblem[] {
  try {
    const unknown = parseFormula(formula).names.filter((name) => !names.includes(name));
    return unknown.map((name) => ({ path, message: `${name} is none of the graders: use ${names.join(', ')}` }));
  } catch (error) {
    return [{ path, message: error instanceof Error ? error.message : String(error) }];
  }
}
