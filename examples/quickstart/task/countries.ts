/**
 * The countries of the quickstart and four facts about each, from the npm package world-countries (ODbL).
 * Not the task: questions and sentences are made from these elsewhere.
 */
import { createRequire } from 'node:module';
import type { Countries } from 'world-countries';

export const attributes = ['capital', 'area', 'region', 'currency'] as const;
export type Attribute = (typeof attributes)[number];

export interface Country {
  readonly name: string;
  readonly capital: string;
  /** In thousands of square kilometres, rounded. */
  readonly area: number;
  readonly region: string;
  readonly currency: string;
}

const SMALLEST_AREA_KM2 = 1_000;
const MAX_WORDS = 4;

/**
 * All 185 countries that have an area of at least 1,000 km2, a capital, a subregion, a currency and a name of at
 * most four words, in the package's order. Of several capitals or currencies the first listed counts.
 */
export function countries(): readonly Country[] {
  // The package's types describe an ES module, Node loads its CommonJS half: require has both right.
  const all = createRequire(import.meta.url)('world-countries') as Countries;
  return all.flatMap((entry): Country[] => {
    const capital = entry.capital[0];
    const currency = Object.values(entry.currencies)[0]?.name;
    const name = entry.name.common;
    if (entry.area < SMALLEST_AREA_KM2 || !capital || !entry.subregion || !currency) return [];
    if (wordsOf(name).length > MAX_WORDS) return [];
    return [{ name, capital, area: Math.round(entry.area / 1_000), region: entry.subregion, currency }];
  });
}

/** A fact's value as text, the way sentences and answers give it. */
export function fact(country: Country, attribute: Attribute): string {
  return String(country[attribute]);
}

export function wordsOf(text: string): string[] {
  return text.split(' ');
}
