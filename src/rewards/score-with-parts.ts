/** A score whose parts a user's code has named. */
import type { RewardOutcome } from './reward.js';

export interface GivenScore {
  readonly reward: number;
  readonly parts?: Readonly<Record<string, number>>;
  readonly flags?: readonly string[];
}

/** What the parts leave of the reward is a part, too, called `rest`, so that they add up to it. */
export function scoreWithParts(rest: string, { reward, parts = {}, flags = [] }: GivenScore): RewardOutcome {
  const left = reward - Object.values(parts).reduce((sum, part) => sum + part, 0);
  const isWhole = Math.abs(left) < 1e-9 * Math.max(1, Math.abs(reward));
  const named = Object.keys(parts).length === 0 || !isWhole ? { ...parts, [rest]: left } : { ...parts };
  return { kind: 'scored', reward, parts: named, flags: [...flags], answer: null, formatValid: true };
}
