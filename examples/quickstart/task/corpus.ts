/** The sentences that the search tool holds: one document per fact. Not the index, which the service builds. */
import { attributes, fact, type Attribute, type Country } from './countries.js';

export interface CorpusRow {
  readonly id: string;
  readonly text: string;
}

const AREA_UNIT = ' thousand square kilometres';

/** `The capital of Peru is Lima.`, `The area of Peru is 1285 thousand square kilometres.` */
export function sentence(country: Country, attribute: Attribute): string {
  const unit = attribute === 'area' ? AREA_UNIT : '';
  return `The ${attribute} of ${country.name} is ${fact(country, attribute)}${unit}.`;
}

/** The fact that a sentence states, or null for any other text. The inverse of `sentence`. */
export function readSentence(text: string): { attribute: Attribute; name: string; value: string } | null {
  const match = /^The (\S+) of (.+?) is (.+)\.$/.exec(text);
  if (!match) return null;
  const [, attribute, name, stated] = match as unknown as [string, Attribute, string, string];
  if (!attributes.includes(attribute)) return null;
  const value = attribute === 'area' && stated.endsWith(AREA_UNIT) ? stated.slice(0, -AREA_UNIT.length) : stated;
  return { attribute, name, value };
}

/** Four documents per country, held-out ones included: 740 for all 185. */
export function corpus(countries: readonly Country[]): CorpusRow[] {
  return countries.flatMap((country) =>
    attributes.map((attribute) => ({
      id: `${attribute} of ${country.name}`,
      text: sentence(country, attribute),
    })),
  );
}
