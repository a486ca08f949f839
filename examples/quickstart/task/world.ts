/**
 * Invented worlds: countries whose names and facts are put together at random, so that a demonstration teaches how to
 * look things up and nothing that is true. Not the real countries, of which only the words are taken.
 */
import type { Random } from '../../support/random.js';
import { sentence } from './corpus.js';
import { attributes, wordsOf, type Country } from './countries.js';
import type { Search } from './notes.js';

/** What inventions are made of: every real name, once for each kind, and every word of any of them, once. */
export interface Names {
  readonly name: readonly string[];
  readonly capital: readonly string[];
  readonly region: readonly string[];
  readonly currency: readonly string[];
  readonly words: readonly string[];
  /** The real countries by name: what must not be told of them. */
  readonly countries: ReadonlyMap<string, Country>;
}

const REAL_NAME = 0.5;
const MAX_WORDS = 3;
const MAX_DIGITS = 5;

/** Collects the names of all countries, held-out ones included: names tell nothing about facts. */
export function namesOf(countries: readonly Country[]): Names {
  const kinds = {
    name: distinct(countries.map((country) => country.name)),
    capital: distinct(countries.map((country) => country.capital)),
    region: distinct(countries.map((country) => country.region)),
    currency: distinct(countries.map((country) => country.currency)),
  };
  return {
    ...kinds,
    words: distinct(Object.values(kinds).flat().flatMap(wordsOf)),
    countries: new Map(countries.map((country) => [country.name, country])),
  };
}

/** A real name of that kind, or one to three words of any kind. */
export function inventName(random: Random, names: Names, kind: Exclude<keyof Names, 'words' | 'countries'>): string {
  if (random.chance(REAL_NAME)) return random.pick(names[kind]);
  return Array.from({ length: random.integer(1, MAX_WORDS) }, () => random.pick(names.words)).join(' ');
}

/** A positive number of one to five digits, each length as likely as the others. */
export function inventNumber(random: Random): number {
  const digits = random.integer(1, MAX_DIGITS);
  return random.integer(10 ** (digits - 1), 10 ** digits - 1);
}

/** Invented countries of which any two differ in name, capital and area. */
export function inventCountries(random: Random, names: Names, count: number): Country[] {
  const invented: Country[] = [];
  while (invented.length < count) {
    const next = inventCountry(random, names);
    const differs = ({ name, capital, area }: Country) =>
      name !== next.name && capital !== next.capital && area !== next.area;
    if (invented.every(differs)) invented.push(next);
  }
  return invented;
}

/** Invented anew as long as chance gives a real country a fact of its own. */
function inventCountry(random: Random, names: Names): Country {
  for (;;) {
    const country = {
      name: inventName(random, names, 'name'),
      capital: inventName(random, names, 'capital'),
      area: inventNumber(random),
      region: inventName(random, names, 'region'),
      currency: inventName(random, names, 'currency'),
    };
    const real = names.countries.get(country.name);
    if (!attributes.some((attribute) => real?.[attribute] === country[attribute])) return country;
  }
}

/** Search as the demonstrations show it: a full query finds its sentence, a country's bare name any one of its four. */
export function worldSearch(random: Random, world: readonly Country[]): Search {
  return (query) => {
    for (const country of world) {
      if (query === country.name) return sentence(country, random.pick(attributes));
      if (query === `country with capital ${country.capital}`) return sentence(country, 'capital');
      const asked = attributes.find((attribute) => query === `${attribute} of ${country.name}`);
      if (asked) return sentence(country, asked);
    }
    throw new Error(`The script asked for "${query}", which this world does not hold.`);
  };
}

function distinct(items: readonly string[]): string[] {
  return [...new Set(items)];
}
