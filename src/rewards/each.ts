/** A reward that looks at one answer at a time. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Reward, RewardItem, RewardOutcome, RewardScore } from './reward.js';

/** After so long the event loop gets its turn, so that leases are renewed and others are answered. */
const TURN_MS = 20;

/** An answer that `score` throws at is an infra_error, and the others are scored all the same. */
export function scoreEach(score: (item: RewardItem) => RewardScore): Reward {
  const outcome = (item: RewardItem): RewardOutcome => {
    try {
      return { kind: 'scored', ...score(item) };
    } catch (error) {
      return { kind: 'infra_error', message: error instanceof Error ? error.message : String(error) };
    }
  };
  return {
    async score(items, signal) {
      const outcomes: RewardOutcome[] = [];
      let since = -Infinity;
      for (const item of items) {
        if (performance.now() - since > TURN_MS) {
          await yieldToEventLoop();
          since = performance.now();
        }
        signal.throwIfAborted();
        outcomes.push(outcome(item));
      }
      return outcomes;
    },
    async close() {},
  };
}
