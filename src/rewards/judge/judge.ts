/** Scores each answer by what a language model says of it. */
import type { Reward, RewardItem, RewardOutcome } from '../reward.js';
import { shortened } from '../../outgoing/text.js';
import type { Chat, ChatMessage } from './chat.js';
import type { Verdict } from './verdict.js';

export interface JudgeOptions {
  /** Names the reward in parts and errors. */
  readonly name: string;
  readonly chat: Chat;
  /** What is asked of an answer; throws for one that it cannot be asked of. */
  readonly messagesOf: (item: RewardItem) => readonly ChatMessage[];
  /** Throws where a reply has no verdict. */
  readonly verdictOf: (reply: string) => Verdict;
}

/** Of a reply, kept with the score. */
const SHOWN_CHARACTERS = 2000;

/** Equal questions are asked once. The flags are the verdict and the reply that it is from. */
export function judgeReward({ name, chat, messagesOf, verdictOf }: JudgeOptions): Reward {
  const judged = async (messages: readonly ChatMessage[], signal: AbortSignal): Promise<RewardOutcome> => {
    const { score, text, reply } = await chat.ask(messages, (said) => ({ ...verdictOf(said), reply: said }), signal);
    const flags = [text, shortened(reply, SHOWN_CHARACTERS)];
    return { kind: 'scored', reward: score, parts: { [name]: score }, flags, answer: null, formatValid: true };
  };
  return {
    score(items, signal) {
      const asked = new Map<string, Promise<RewardOutcome>>();
      const outcome = async (item: RewardItem): Promise<RewardOutcome> => {
        try {
          signal.throwIfAborted();
          const messages = messagesOf(item);
          const key = JSON.stringify(messages);
          const answer = asked.get(key) ?? judged(messages, signal);
          asked.set(key, answer);
          return await answer;
        } catch (error) {
          signal.throwIfAborted();
          return { kind: 'infra_error', message: `${name}: ${(error as Error).message}` };
        }
      };
      return Promise.all(items.map(outcome));
    },
    async close() {},
  };
}
