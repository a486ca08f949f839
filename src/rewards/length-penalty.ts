/** Less for long responses, by the length of their text. Knows no tokens, which only the trainer counts. */
import type { ResponsePart, RewardItem, RewardScore } from './reward.js';

export interface LengthPenaltyOptions {
  readonly max: number;
  /** Below `max`. */
  readonly buffer: number;
  readonly unit: 'characters' | 'words';
  readonly penalty: number;
}

/** 0 up to max - buffer, from there in a line to -penalty at `max`, and -penalty beyond (DAPO, arXiv 2503.14476, equation 13). */
export function scoreLength({ max, buffer, unit, penalty }: LengthPenaltyOptions): (item: RewardItem) => RewardScore {
  const free = max - buffer;
  return ({ response }) => {
    const length = lengthOf(response, unit);
    const share = length >= max ? 1 : Math.max(0, (length - free) / buffer);
    const reward = share === 0 ? 0 : -penalty * share;
    const flag = share === 0 ? 'short_enough' : share === 1 ? 'too_long' : 'long';
    return { reward, parts: { length: reward }, flags: [flag], answer: null, formatValid: true };
  };
}

/** Of what the policy wrote: what a tool answers is none of its doing. */
function lengthOf(response: readonly ResponsePart[], unit: LengthPenaltyOptions['unit']): number {
  const texts = response.filter(({ kind }) => kind !== 'result').map(({ text }) => text);
  if (unit === 'characters') return texts.reduce((sum, text) => sum + Array.from(text).length, 0);
  return withSpacesForResults(response).match(/\S+/g)?.length ?? 0;
}

const withSpacesForResults = (response: readonly ResponsePart[]): string =>
  response.map(({ kind, text }) => (kind === 'result' ? ' ' : text)).join('');
