/** Demonstrations for the cold start: careless solutions of tasks in invented worlds. Not what the agent is tested on. */
import type { Random } from '../../support/random.js';
import { attributes, type Country } from './countries.js';
import type { Solution } from './notes.js';
import { solve } from './script.js';
import { drawSlips, type Slips } from './slips.js';
import { chainAttributes, type Family, type Task } from './task.js';
import { tokenCount } from './tokens.js';
import { inventCountries, worldSearch, type Names } from './world.js';

/** How often each family is shown, relative to the others. */
export const familyWeights = {
  lookup: 1,
  chain: 1.2,
  compare: 1.5,
  total: 1.5,
  difference: 1.5,
} as const satisfies Record<Family, number>;

export interface Demonstration extends Solution {
  readonly task: Task;
  readonly slips: Slips;
}

/**
 * One demonstration, in a world of its own, of at most `longest` tokens. A longer one is told again of another world, with the
 * same family and slips: what takes many words shall not be rarer for it.
 */
export function demonstrate(random: Random, names: Names, longest: number): Demonstration {
  const family = random.weighted(familyWeights);
  const slips = drawSlips(random);
  for (;;) {
    const world = inventCountries(random, names, 2);
    const task = drawTask(random, family, world);
    const solution = solve(task, worldSearch(random, world), slips);
    if (tokenCount(solution.messages) <= longest) return { task, slips, ...solution };
  }
}

/** A question of the family about the first country of a world, or about both. */
export function drawTask(random: Random, family: Family, world: readonly Country[]): Task {
  const [first, second] = world as [Country, Country];
  switch (family) {
    case 'lookup':
      return { family, attribute: random.pick(attributes), country: first };
    case 'chain':
      return { family, attribute: random.pick(chainAttributes), country: first };
    case 'difference':
      return first.area > second.area ? { family, first, second } : { family, first: second, second: first };
    case 'compare':
    case 'total':
      return { family, first, second };
  }
}
