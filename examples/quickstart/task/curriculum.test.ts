import { describe, expect, test } from 'vitest';
import { RowFiller } from '../../../src/trainer/examples/demonstrations.js';
import { Random } from '../../support/random.js';
import { readSentence } from './corpus.js';
import { attributes, countries } from './countries.js';
import { drillShares, fullCurriculum, lessons } from './curriculum.js';
import { demonstrate, familyWeights } from './demonstrations.js';
import { slipRates, type Slips } from './slips.js';
import { families, reference } from './task.js';
import { tokenCount } from './tokens.js';
import { namesOf } from './world.js';

const all = countries();
const names = namesOf(all);
const random = new Random(0, 'demonstrations');
const demonstrations = Array.from({ length: 20_000 }, () => demonstrate(random, names, fullCurriculum.rowLength));
const coldStart = [...lessons(new Random(0, 'cold start'), names, fullCurriculum)];

/** How far a share measured over `count` draws may be from its probability. */
const tolerance = (probability: number, count: number) => 4 * Math.sqrt((probability * (1 - probability)) / count);

function expectShare(hits: number, count: number, probability: number) {
  expect(Math.abs(hits / count - probability)).toBeLessThan(tolerance(probability, count));
}

describe('demonstrations', () => {
  test.each(families)('show family %s as often as its weight says', (family) => {
    const weights = Object.values(familyWeights).reduce<number>((sum, weight) => sum + weight, 0);
    const shown = demonstrations.filter(({ task }) => task.family === family).length;
    expectShare(shown, demonstrations.length, familyWeights[family] / weights);
  });

  test.each<[keyof typeof slipRates, (slips: Slips) => boolean]>([
    ['gives_up', (slips) => slips.givesUp],
    ['stops_after_hop', (slips) => slips.stopsAfterHop],
    ['stops_after_first_area', (slips) => slips.stopsAfterFirstArea],
    ['skips_python', (slips) => slips.skipsPython],
    ['wrong_operator', (slips) => slips.operatorShift !== 0],
    ['bare_query', (slips) => slips.bareQueries[0]],
    ['bare_query', (slips) => slips.bareQueries[1]],
    ['unboxed', (slips) => slips.unboxed],
  ])('slip by %s as often as the table says', (slip, shows) => {
    const seen = demonstrations.filter(({ slips }) => shows(slips)).length;
    expectShare(seen, demonstrations.length, slipRates[slip]);
  });

  test('are right and boxed in about 30 of 100', () => {
    const right = demonstrations.filter(({ task, answer, slips }) => answer === reference(task) && !slips.unboxed);
    expect(right.length / demonstrations.length).toBeGreaterThan(0.27);
    expect(right.length / demonstrations.length).toBeLessThan(0.33);
  });

  test('box the last value that a tool showed, or what a comparison stands for', () => {
    for (const { task, messages, answer, slips } of demonstrations) {
      if (slips.givesUp) continue;
      const result = messages.at(-2)!.content;
      const value = readSentence(result)?.value ?? result;
      const pair = 'first' in task ? { True: task.first.name, False: task.second.name } : null;
      expect(answer).toBe(pair && (value === 'True' || value === 'False') ? pair[value] : value);
    }
  });
});

describe('the facts in the cold start', () => {
  const byName = new Map(all.map((country) => [country.name, country]));
  const stated = coldStart.flatMap(({ messages }) =>
    messages.flatMap((message) => {
      const read = message.role === 'tool' ? readSentence(message.content) : null;
      const country = read && byName.get(read.name);
      return read && country ? [{ ...read, country }] : [];
    }),
  );

  test.each(attributes)('of kind %s are never true', (attribute) => {
    const about = stated.filter((fact) => fact.attribute === attribute);
    expect(about.length).toBeGreaterThan(1_000);
    expect(about.filter(({ country, value }) => value === String(country[attribute]))).toEqual([]);
  });
});

describe('the cold start', () => {
  const { steps, rowsPerStep, rowLength } = fullCurriculum;
  const lengths = coldStart.map(({ messages }) => tokenCount(messages));
  const firstDemonstration = coldStart.findIndex((lesson) => lesson.kind === 'demonstration');

  /** Steps that the service's trainer makes of the sequences. */
  function stepsOf(sequences: readonly number[]): number {
    let count = 1;
    let filler = new RowFiller(rowsPerStep, rowLength, true);
    for (const length of sequences) {
      if (filler.add([length])) continue;
      count += 1;
      filler = new RowFiller(rowsPerStep, rowLength, true);
      filler.add([length]);
    }
    return count;
  }

  test('is 3,200 steps of 8 rows, about 46,000 sequences, none longer than a row', () => {
    expect(stepsOf(lengths)).toBe(3_200);
    expect(steps).toBe(3_200);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(rowLength);
    expect(Math.abs(coldStart.length - 46_000)).toBeLessThan(2_000);
  });

  test('is drills only for 15% of its steps, and has 20% drills after', () => {
    expect(Math.abs(stepsOf(lengths.slice(0, firstDemonstration)) - drillShares.first * steps)).toBeLessThanOrEqual(1);
    const after = coldStart.slice(firstDemonstration);
    expectShare(after.filter((lesson) => lesson.kind === 'drill').length, after.length, drillShares.after);
  });

  test('has no operator and no tag in a drill, and repeats there what was asked', () => {
    for (const { kind, messages } of coldStart) {
      if (kind !== 'drill') continue;
      const [asked, given] = messages.map((message) => message.content) as [string, string];
      expect(`${asked}${given}`).not.toMatch(/[+<>\\{}]| - |add|subtract|compare/);
      expect(withoutFillers(given)).toBe(withoutFillers(asked));
    }
  });

  test('comes out the same for the same seed', () => {
    const short = { ...fullCurriculum, steps: 20 };
    const make = (seed: number) => [...lessons(new Random(seed, 'cold start'), names, short)];
    expect(make(5)).toEqual(make(5));
    expect(make(5)).not.toEqual(make(6));
  });
});

function withoutFillers(text: string): string {
  return text.replace(/ (also|but|here|list|next|note|now|once|say|so|still|then|yes)(?= |$)/g, '');
}
