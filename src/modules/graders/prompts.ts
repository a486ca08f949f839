/** Puts answers to the same prompt together, as they come together in a run. */
import type { RewardItem } from '../../rewards/reward.js';

/** @returns for each prompt its items by their places, in order */
export function byPrompt(items: readonly RewardItem[]): Map<number, RewardItem>[] {
  const prompts = new Map<string, Map<number, RewardItem>>();
  items.forEach((item, place) => {
    const { question = null, reference, metadata = {} } = item;
    const key = JSON.stringify([question, reference, metadata]);
    const prompt = prompts.get(key) ?? new Map<number, RewardItem>();
    prompts.set(key, prompt.set(place, item));
  });
  return [...prompts.values()];
}
