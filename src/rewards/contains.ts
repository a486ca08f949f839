/** Right where a reference occurs in what was answered, whatever else is said. Not a comparison: that is exact_match. */
import { PLAIN_RULES } from './exact-match.js';
import { extractAnswer } from './extract-answer.js';
import { normalisedWords } from './normalise.js';
import { referenceTexts, writtenText } from './response-text.js';
import type { RewardItem, RewardScore } from './reward.js';

export interface ContainsOptions {
  readonly within: 'answer' | 'response';
  readonly match: 'words' | 'characters';
}

/** 1 when a reference occurs, else 0; an empty reference occurs nowhere. */
export function scoreContains({ within, match }: ContainsOptions): (item: RewardItem) => RewardScore {
  const occurs = match === 'words' ? wordsOccur : charactersOccur;
  return ({ response, reference }) => {
    const answer = extractAnswer(response);
    const text = within === 'answer' ? answer : writtenText(response);
    const reward = text !== null && referenceTexts(reference).some((one) => occurs(text, one)) ? 1 : 0;
    const flag = text === null ? 'no_answer' : reward === 1 ? 'contained' : 'not_contained';
    return { reward, parts: { contains: reward }, flags: [flag], answer, formatValid: text !== null };
  };
}

function wordsOccur(text: string, part: string): boolean {
  const spaced = (one: string): string => ` ${normalisedWords(one, PLAIN_RULES).join(' ')} `;
  const wanted = spaced(part);
  return wanted.trim() !== '' && spaced(text).includes(wanted);
}

const charactersOccur = (text: string, part: string): boolean => part.trim() !== '' && text.includes(part.trim());
