/** Scores that something can be learnt from, whatever a user's function or server gives. Scores nothing itself. */
import type { Reward, RewardItem, RewardOutcome } from './reward.js';

/** Far from what single precision holds (3e38), also where advantages are squared and added up. */
const LARGEST = 1e9;

export class BoundedReward implements Reward {
  constructor(private readonly reward: Reward) {}

  async score(items: readonly RewardItem[], signal: AbortSignal): Promise<RewardOutcome[]> {
    return (await this.reward.score(items, signal)).map(withinReach);
  }

  close(): Promise<void> {
    return this.reward.close();
  }
}

function withinReach(outcome: RewardOutcome): RewardOutcome {
  if (outcome.kind === 'infra_error' || Math.abs(outcome.reward) <= LARGEST) return outcome;
  return {
    kind: 'infra_error',
    message: `the reward ${outcome.reward} is beyond ±${LARGEST}, where nothing can be learnt from it: scale it down`,
  };
}
