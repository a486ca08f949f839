/**
 * Texts to train the tokenizer on: every word of the task in every place where it can stand. Only the vocabulary comes from
 * them; no model is trained on them.
 */
import { attributes, type Country } from './countries.js';
import { corpus, sentence } from './corpus.js';
import { bm25 } from './bm25.js';
import { fillers } from './drills.js';
import { solve } from './script.js';
import { careful } from './slips.js';
import { chainAttributes, type Task } from './task.js';
import { transcript } from './tokens.js';
import { namesOf } from './world.js';

export function tokenizerTexts(countries: readonly Country[]): string[] {
  const search = bm25(corpus(countries).map((row) => row.text));
  const tasks = countries.flatMap((country, index) => tasksAbout(country, countries.at(index - 1) as Country));
  return [
    ...tasks.map((task) => transcript(solve(task, search).messages)),
    ...slipTexts(countries),
    ...namesOf(countries).words.map(inAllPlaces),
    fillers.map((word) => ` ${word}`).join(''),
    ' 0 1 2 3 4 5 6 7 8 9',
  ];
}

function tasksAbout(country: Country, other: Country): Task[] {
  return [
    ...attributes.map((attribute): Task => ({ family: 'lookup', attribute, country })),
    ...chainAttributes.map((attribute): Task => ({ family: 'chain', attribute, country })),
    { family: 'compare', first: country, second: other },
    { family: 'total', first: country, second: other },
    { family: 'difference', first: country, second: other },
  ];
}

/** What only a mistake says: giving up, a missing box, a negative number. */
function slipTexts(countries: readonly Country[]): string[] {
  const [small, large] = [...countries]
    .sort((a, b) => a.area - b.area)
    .filter((_, i, all) => i % (all.length - 1) === 0);
  if (!small || !large) return [];
  const search = (query: string) => sentence(query.endsWith(small.name) ? small : large, 'area');
  const task: Task = { family: 'total', first: small, second: large };
  return [
    { ...careful, givesUp: true },
    { ...careful, unboxed: true, givesUp: true },
    { ...careful, operatorShift: 1 as const },
    { ...careful, operatorShift: 1 as const, unboxed: true },
  ].map((slips) => transcript(solve(task, search, slips).messages));
}

/** An invented name can end in any word, so any word can stand before any punctuation mark. */
function inAllPlaces(word: string): string {
  return ` ${word} ${word}. ${word}?\\boxed{ ${word}} ${word}</answer>`;
}
