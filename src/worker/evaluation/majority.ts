/** The vote of several answers to one question. */
import { normalisedWords } from '../../rewards/normalise.js';
import { PLAIN_RULES } from '../../rewards/exact-match.js';
import { mean } from '../../spec/statistics.js';

interface Vote {
  readonly answer: string | null;
}

/**
 * How probably the commonest answer is right: answers that have the same words are one, and of several that are as common each is taken as often. What has
 * no answer has no vote; where nothing has one it is 0.
 */
export function majorityShare<V extends Vote>(votes: readonly V[], isRight: (vote: V) => boolean): number {
  const camps = new Map<string, V[]>();
  for (const vote of votes) {
    const words = normalisedWords(vote.answer ?? '', PLAIN_RULES).join(' ');
    if (words === '') continue;
    camps.set(words, [...(camps.get(words) ?? []), vote]);
  }
  const most = Math.max(0, ...[...camps.values()].map(({ length }) => length));
  const winners = [...camps.values()].filter(({ length }) => length === most);
  if (winners.length === 0) return 0;
  return mean(winners.map((camp) => mean(camp.map((vote) => (isRight(vote) ? 1 : 0)))));
}
