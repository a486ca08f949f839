/** A reward between 0 and 1: how far the words of the answer overlap with those of a reference. Demands no format but an `<answer>` block. */
import { PLAIN_RULES } from './exact-match.js';
import { extractAnswer } from './extract-answer.js';
import { referenceTexts } from './response-text.js';
import type { RewardItem, RewardScore } from './reward.js';
import { tokenF1 } from './token-f1.js';

export function scoreF1({ response, reference }: RewardItem): RewardScore {
  const answer = extractAnswer(response);
  const reward = answer === null ? 0 : tokenF1(answer, referenceTexts(reference), PLAIN_RULES);
  const flag = answer === null ? 'no_answer' : reward === 0 ? 'zero_f1' : 'f1';
  return { reward, parts: { f1: reward }, flags: [flag], answer, formatValid: answer !== null };
}
