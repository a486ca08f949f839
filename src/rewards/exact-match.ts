/** Right or wrong: the answer equals a reference after normalisation. The metric of evaluations, and a reward. */
import { extractAnswer } from './extract-answer.js';
import { normalisedWords } from './normalise.js';
import { referenceTexts } from './response-text.js';
import type { Reference, ResponsePart, RewardItem, RewardScore } from './reward.js';

/** How answers are compared where nothing asks for another scorer's quirks. */
export const PLAIN_RULES = { keepNumbers: true, unwrapText: true, keepLoneArticle: true, allScripts: true } as const;

/** 1 when the response's answer has the same normalised words as one of the references, else 0. No answer, or an empty one, is 0. */
export const exactMatch = (response: readonly ResponsePart[], reference: Reference): 0 | 1 =>
  answerMatches(extractAnswer(response), reference);

function answerMatches(answer: string | null, reference: Reference): 0 | 1 {
  if (answer === null) return 0;
  const normalised = normalisedWords(answer, PLAIN_RULES).join(' ');
  if (normalised === '') return 0;
  return referenceTexts(reference).some((one) => normalisedWords(one, PLAIN_RULES).join(' ') === normalised) ? 1 : 0;
}

export function scoreExactMatch({ response, reference }: RewardItem): RewardScore {
  const answer = extractAnswer(response);
  const reward = answerMatches(answer, reference);
  const flag = answer === null ? 'no_answer' : reward === 1 ? 'match' : 'no_match';
  return { reward, parts: { exact_match: reward }, flags: [flag], answer, formatValid: answer !== null };
}
