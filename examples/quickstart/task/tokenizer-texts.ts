/**
 * Texts to train the tokenizer on: every word of the task in every place where it can stand. Only the vocabulary comes from
 * them; no model is trained on them.
 */
import { bm25 } from './bm25.js';
import { corpus } from './corpus.js';
import { attributes, type Country } from './countries.js';
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
    ...tasks.slice(0, 1).map((task) => transcript(solve(task, search, { ...careful, givesUp: true }).messages)),
    ...namesOf(countries).words.map(inAllPlaces),
    fillers.map((word) => ` ${word}`).join(''),
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

/** An invented name can end in any word, so any word can stand before any punctuation mark. */
function inAllPlaces(word: string): string {
  return ` ${word} ${word}. ${word}?\\boxed{ ${word}} ${word}</answer>`;
}
