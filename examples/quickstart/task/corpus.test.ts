import { expect, test } from 'vitest';
import { corpus, readSentence, sentence } from './corpus.js';
import { attributes, countries, fact } from './countries.js';

const all = countries();
const peru = all.find((country) => country.name === 'Peru')!;

test('185 countries pass the filter, each with its own name and capital', () => {
  expect(all).toHaveLength(185);
  expect(new Set(all.map((country) => country.name)).size).toBe(185);
  expect(new Set(all.map((country) => country.capital)).size).toBe(185);
  expect(peru).toEqual({
    name: 'Peru',
    capital: 'Lima',
    area: 1285,
    region: 'South America',
    currency: 'Peruvian sol',
  });
});

test('the corpus has one sentence per fact, 740 in all, under ids of their own', () => {
  const documents = corpus(all);
  expect(documents).toHaveLength(740);
  expect(new Set(documents.map((document) => document.id)).size).toBe(740);
  expect(new Set(documents.map((document) => document.text)).size).toBe(740);
  expect(documents.map((document) => document.text)).toEqual(
    expect.arrayContaining([
      'The capital of Peru is Lima.',
      'The area of Peru is 1285 thousand square kilometres.',
      'The region of Peru is South America.',
      'The currency of Peru is Peruvian sol.',
    ]),
  );
});

test('every sentence reads back as the fact it states', () => {
  for (const country of all) {
    for (const attribute of attributes) {
      const read = readSentence(sentence(country, attribute));
      expect(read).toEqual({ attribute, name: country.name, value: fact(country, attribute) });
    }
  }
});

test('text that states no fact reads as none', () => {
  expect(readSentence('No search results found.')).toBeNull();
  expect(readSentence('The mayor of Lima is a person.')).toBeNull();
  expect(readSentence('2041')).toBeNull();
});
