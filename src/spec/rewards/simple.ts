/** The rewards that do not consist of others: one row for each type. */
import { z } from 'zod';
import type { SpecProblem } from '../problem.js';
import { arpo } from './arpo.js';
import { contains } from './contains.js';
import { environment } from './environment.js';
import { http } from './http.js';
import { judge } from './judge.js';
import { judgeGroup } from './judge-group.js';
import { lengthPenalty } from './length-penalty.js';
import { math } from './math.js';
import { scoreModel, stringCheck, textSimilarity } from './openai.js';
import { paperMetric } from './paper-metric.js';
import { python } from './python.js';
import { schemasOf, type TypedRow } from '../typed-row.js';
import { plainReward } from './reward-row.js';
import { toolUse } from './tool-use.js';

export const SIMPLE_REWARDS = {
  arpo,
  exact_match: plainReward(z.strictObject({ type: z.literal('exact_match') })),
  contains,
  f1: plainReward(z.strictObject({ type: z.literal('f1') })),
  math,
  paper_metric: paperMetric,
  tool_use: toolUse,
  environment,
  length_penalty: lengthPenalty,
  judge,
  judge_group: judgeGroup,
  python,
  string_check: stringCheck,
  text_similarity: textSimilarity,
  score_model: scoreModel,
  http,
} as const;

type Rows = typeof SIMPLE_REWARDS;

const schemas = schemasOf(Object.values(SIMPLE_REWARDS));

export const SimpleRewardInput = schemas.input.meta({
  id: 'SimpleRewardSpec',
  description: 'A reward that can be a term of a sum.',
});
export type SimpleRewardInput = z.infer<typeof SimpleRewardInput>;

export const ResolvedSimpleReward = schemas.resolved.meta({ id: 'ResolvedSimpleRewardSpec' });
export type ResolvedSimpleReward = z.infer<typeof ResolvedSimpleReward>;

/** The row of a reward's type, which takes rewards of that type alone. */
const rowOf = (type: keyof Rows) =>
  SIMPLE_REWARDS[type] as unknown as TypedRow<typeof SimpleRewardInput, typeof ResolvedSimpleReward>;

export function resolveSimpleReward(reward: SimpleRewardInput): ResolvedSimpleReward {
  return rowOf(reward.type).resolve(reward);
}

export function simpleRewardProblems(reward: SimpleRewardInput, path: string): SpecProblem[] {
  return rowOf(reward.type).problems(reward, path);
}
