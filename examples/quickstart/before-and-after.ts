/** Which held-out questions are shown with the agent's answers before and after training. Shows nothing. */
import type { EvaluationItem } from '../support/evaluate.js';
import type { Question } from './task/questions.js';
import { families } from './task/task.js';

/** The part of an answer that it is chosen by. */
type Answer = Pick<EvaluationItem, 'example' | 'exact_match'>;

export interface Pair<A extends Answer> {
  readonly question: Question;
  readonly before: A;
  readonly after: A;
}

/** One question of each family: the first that training has put right, else the first that is right in the end, else the first. */
export function beforeAndAfter<A extends Answer>(
  questions: readonly Question[],
  before: readonly A[],
  after: readonly A[],
): Pair<A>[] {
  const earlier = new Map(before.map((answer) => [answer.example, answer]));
  const pairs = after.flatMap((later): Pair<A>[] => {
    const question = questions[later.example];
    const first = earlier.get(later.example);
    return question && first ? [{ question, before: first, after: later }] : [];
  });
  return families.flatMap((family) => {
    const own = pairs.filter(({ question }) => question.task.family === family);
    const right = own.filter((pair) => pair.after.exact_match === 1);
    return right.find((pair) => pair.before.exact_match !== 1) ?? right[0] ?? own[0] ?? [];
  });
}
