/** What an episode was worth, by what the results of its steps say: so stored trajectories are scored as they were. Asks no server. */
import { stepIn } from '../tools/environment/step-result.js';
import type { RewardItem, RewardScore } from './reward.js';

export interface EnvironmentRewardOptions {
  /** Whose results are the steps. */
  readonly tool: string;
  readonly take: 'sum' | 'last';
}

/** A step without a reward counts nothing. The flag says how far the episode came. */
export function scoreEnvironment({ tool, take }: EnvironmentRewardOptions): (item: RewardItem) => RewardScore {
  return ({ response }) => {
    const results = response.filter((part) => part.kind === 'result' && part.tool === tool);
    const steps = results.map(({ text }) => stepIn(text)).filter((step) => step !== null);
    const rewards = steps.map(({ reward }) => reward).filter((reward) => reward !== null);
    const reward = take === 'last' ? (rewards.at(-1) ?? 0) : rewards.reduce((sum, one) => sum + one, 0);
    const flag = steps.length === 0 ? 'no_step' : steps.at(-1)?.done ? 'done' : 'not_done';
    return { reward, parts: { environment: reward }, flags: [flag], answer: null, formatValid: true };
  };
}
