/**
 * Questions about real countries, for reinforcement learning and evaluation. Each is one that the careful script answers
 * with the real search, so a perfect agent reaches 100%. Not demonstrations: those are about invented countries.
 */
import type { Random } from '../../support/random.js';
import { attributes, type Country } from './countries.js';
import type { Search } from './notes.js';
import { solve } from './script.js';
import { chainAttributes, families, reference, wording, type Family, type Task } from './task.js';

export interface Question {
  readonly id: string;
  readonly task: Task;
  readonly question: string;
  readonly answer: string;
}

/**
 * `perFamily` different questions of each family about the countries given, in random order; fewer of a family that does
 * not have as many. `set` begins their ids.
 */
export function makeQuestions(
  random: Random,
  set: string,
  countries: readonly Country[],
  search: Search,
  perFamily: number,
): Question[] {
  const questions = families.flatMap((family) => {
    const tasks = random.shuffled(candidates[family](random, countries));
    return firstOf(tasks, perFamily, (task) => isAnswerable(task, search)).map((task, index): Question => {
      return { id: `${set}-${family}-${index + 1}`, task, question: wording(task), answer: reference(task) };
    });
  });
  return random.shuffled(questions);
}

/** Whether the careful script, given this search, ends with the right answer. */
export function isAnswerable(task: Task, search: Search): boolean {
  return solve(task, search).answer === reference(task);
}

/** Every question that a family can ask, each pair of countries once and in a random order. */
const candidates: { readonly [F in Family]: (random: Random, countries: readonly Country[]) => Task[] } = {
  lookup: (_, countries) =>
    countries.flatMap((country) => attributes.map((attribute): Task => ({ family: 'lookup', attribute, country }))),
  chain: (_, countries) =>
    countries.flatMap((country) => chainAttributes.map((attribute): Task => ({ family: 'chain', attribute, country }))),
  compare: (random, countries) =>
    pairs(random, countries)
      .filter(differInArea)
      .map(([first, second]) => ({ family: 'compare', first, second })),
  total: (random, countries) => pairs(random, countries).map(([first, second]) => ({ family: 'total', first, second })),
  difference: (random, countries) =>
    pairs(random, countries)
      .filter(differInArea)
      .map(([a, b]): [Country, Country] => (a.area > b.area ? [a, b] : [b, a]))
      .map(([first, second]) => ({ family: 'difference', first, second })),
};

function pairs(random: Random, countries: readonly Country[]): [Country, Country][] {
  return countries.flatMap((a, index) =>
    countries.slice(index + 1).map((b): [Country, Country] => (random.chance(0.5) ? [a, b] : [b, a])),
  );
}

function differInArea([a, b]: readonly [Country, Country]): boolean {
  return a.area !== b.area;
}

/** The first `count` items that pass; stops looking once it has them. */
function firstOf<T>(items: readonly T[], count: number, passes: (item: T) => boolean): T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.length === count) break;
    if (passes(item)) found.push(item);
  }
  return found;
}
