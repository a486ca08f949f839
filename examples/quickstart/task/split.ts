/** Which countries reinforcement learning may ask about, and which are kept for evaluation. Not a split of questions. */
import type { Random } from '../../support/random.js';
import type { Country } from './countries.js';

export interface Split {
  readonly train: readonly Country[];
  readonly heldOut: readonly Country[];
}

const HELD_OUT_SHARE = 0.25;

/** 139 and 46 of the 185 countries, at random. */
export function splitCountries(random: Random, countries: readonly Country[]): Split {
  const shuffled = random.shuffled(countries);
  const heldOut = Math.round(shuffled.length * HELD_OUT_SHARE);
  return { heldOut: shuffled.slice(0, heldOut), train: shuffled.slice(heldOut) };
}
