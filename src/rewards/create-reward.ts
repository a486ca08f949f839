/** Makes the reward that a spec asks for. A type of reward that is built and has no row does not compile. */
import { AppError } from '../errors/app-error.js';
import { isBuiltReward, type BuiltRewardType, type ResolvedRewardSpec } from '../spec/rewards/index.js';
import { arpoReward } from './arpo.js';
import { scoreContains } from './contains.js';
import { scoreEach } from './each.js';
import { scoreExactMatch } from './exact-match.js';
import { scoreF1 } from './f1.js';
import { scoreLength } from './length-penalty.js';
import { MathReward } from './math/math.js';
import { rewardByFormula } from './multi.js';
import { scoreStringCheck } from './openai/string-check.js';
import { scoreTextSimilarity } from './openai/text-similarity.js';
import { scorePaperMetric } from './paper/paper-metric.js';
import { PythonReward } from './python.js';
import type { Reward } from './reward.js';
import { sumOfRewards } from './sum.js';
import { scoreToolUse } from './tool-use.js';

export interface RewardContext {
  /** Python programs that may run at the same time. */
  readonly pythonThreads: number;
}

type Factory<T extends BuiltRewardType> = (
  spec: Extract<ResolvedRewardSpec, { type: T }>,
  context: RewardContext,
) => Reward;

const factories: { readonly [T in BuiltRewardType]: Factory<T> } = {
  arpo: ({ fidelity }) => scoreEach(arpoReward(fidelity)),
  exact_match: () => scoreEach(scoreExactMatch),
  contains: (spec) => scoreEach(scoreContains(spec)),
  f1: () => scoreEach(scoreF1),
  length_penalty: (spec) => scoreEach(scoreLength(spec)),
  tool_use: (spec) => scoreEach(scoreToolUse(spec)),
  math: ({ comparison }) => new MathReward({ comparison, timeoutS: 3, memoryMb: 256 }),
  paper_metric: (spec) => scoreEach(scorePaperMetric(spec)),
  python: ({ source, timeout_s, memory_mb }, { pythonThreads }) =>
    new PythonReward({ source, timeoutS: timeout_s, memoryMb: memory_mb, threads: pythonThreads }),
  string_check: (spec) => scoreEach(scoreStringCheck(spec)),
  text_similarity: (spec) => scoreEach(scoreTextSimilarity(spec)),
  multi: ({ graders, calculate_output }, context) =>
    rewardByFormula(
      Object.fromEntries(Object.entries(graders).map(([name, grader]) => [name, createReward(grader, context)])),
      calculate_output,
    ),
  sum: ({ terms, clamp }, context) =>
    sumOfRewards(
      terms.map((term) => ({ ...term, reward: createReward(term.reward, context) })),
      clamp,
    ),
};

/** Whoever makes a reward closes it. Throws NOT_IMPLEMENTED_YET for the types that are declared but not built. */
export function createReward(spec: ResolvedRewardSpec, context: RewardContext): Reward {
  if (isBuiltReward(spec)) return (factories[spec.type] as Factory<BuiltRewardType>)(spec, context);
  throw new AppError('NOT_IMPLEMENTED_YET', { feature: `The ${spec.type} reward`, param: 'reward.type' });
}
