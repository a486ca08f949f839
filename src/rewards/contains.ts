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
  const finder = match === 'words' ? findsWords : findsCharacters;
  return ({ response, reference }) => {
    const answer = extractAnswer(response);
    const text = within === 'answer' ? answer : writtenText(response);
    const reward = text !== null && referenceTexts(reference).some(finder(text)) ? 1 : 0;
    const flag = text === null ? 'no_answer' : reward === 1 ? 'contained' : 'not_contained';
    return { reward, parts: { contains: reward }, flags: [flag], answer, formatValid: text !== null };
  };
}

type Finds = (part: string) => boolean;

function findsWords(text: string): Finds {
  const spaced = (one: string): string => ` ${normalisedWords(apart(one), PLAIN_RULES).join(' ')} `;
  const within = spaced(text);
  return (part) => {
    const wanted = spaced(part);
    return wanted.trim() !== '' && within.includes(wanted);
  };
}

/** Tags, boxes and slashes part words; without them punctuation would join what stands on either side. */
const apart = (text: string): string =>
  text.replaceAll(/<\/?[A-Za-z][\w-]*>|\\boxed\{/g, ' ').replaceAll(/(?<=\p{L})\/(?=\p{L})/gu, ' ');

function findsCharacters(text: string): Finds {
  return (part) => part.trim() !== '' && text.includes(part.trim());
}
