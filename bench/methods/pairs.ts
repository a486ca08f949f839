/** Pairs for methods that learn from preferences: a careful and a careless demonstration of one question in an invented world, with the slips of the cold start. */
import { countries } from '../../examples/quickstart/task/countries.js';
import { drawTask, familyWeights } from '../../examples/quickstart/task/demonstrations.js';
import type { Message, Search } from '../../examples/quickstart/task/notes.js';
import { solve } from '../../examples/quickstart/task/script.js';
import { drawSlips } from '../../examples/quickstart/task/slips.js';
import { tokenCount } from '../../examples/quickstart/task/tokens.js';
import { inventCountries, namesOf, worldSearch, type Names } from '../../examples/quickstart/task/world.js';
import { jsonLines } from '../../examples/support/json-lines.js';
import { Random } from '../../examples/support/random.js';

interface Pair {
  readonly prompt: readonly Message[];
  readonly chosen: readonly Message[];
  readonly rejected: readonly Message[];
}

/**
 * A dataset of kind `preference`.
 * @param longest tokens of a question with either answer
 */
export function pairsFile(seed: number, count: number, longest: number): string {
  const random = new Random(seed, 'pairs');
  const names = namesOf(countries());
  return jsonLines(Array.from({ length: count }, () => pair(random, names, longest)));
}

/** Drawn again until the careless one shows its slips, as those of other families do not, and until both are short enough. */
export function pair(random: Random, names: Names, longest: number): Pair {
  for (;;) {
    const family = random.weighted(familyWeights);
    const world = inventCountries(random, names, 2);
    const task = drawTask(random, family, world);
    const search = remembered(worldSearch(random, world));
    const [chosen, rejected] = [solve(task, search), solve(task, search, drawSlips(random))];
    const isShort = [chosen, rejected].every(({ messages }) => tokenCount(messages) <= longest);
    if (!isShort || JSON.stringify(chosen.messages) === JSON.stringify(rejected.messages)) continue;
    return {
      prompt: chosen.messages.slice(0, 1),
      chosen: chosen.messages.slice(1),
      rejected: rejected.messages.slice(1),
    };
  }
}

/** The same query has the same answer for both. */
function remembered(search: Search): Search {
  const known = new Map<string, string>();
  return (query) => {
    const text = known.get(query) ?? search(query);
    known.set(query, text);
    return text;
  };
}
