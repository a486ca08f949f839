/** The task of up to five calls: the total area of four countries, by four searches and a calculation. What is asked, and how the script answers it. */
import type { Country } from '../../../examples/quickstart/task/countries.js';
import { Notes, type Search, type Solution } from '../../../examples/quickstart/task/notes.js';
import { carefulTotal, type TotalSlips } from './slips.js';

/** Those whose areas are added, in the order of the question. */
export type Four = readonly [Country, Country, Country, Country];

export function wordingOf([a, b, c, d]: Four): string {
  return `What is the total area of ${a.name}, ${b.name}, ${c.name} and ${d.name}?`;
}

export function totalOf(four: Four): string {
  return String(four.reduce((sum, { area }) => sum + area, 0));
}

/** Works the total out, question to answer. Wherever it stops, it answers with the last value it saw. */
export function solveTotal(four: Four, search: Search, slips: TotalSlips = carefulTotal): Solution {
  const notes = new Notes(wordingOf(four), search, slips);
  const answer = slips.givesUp ? 'unknown' : answerFrom(four, notes, slips);
  notes.conclude(answer);
  return { messages: notes.messages, answer };
}

function answerFrom(four: Four, notes: Notes, { searches, skipsPython }: TotalSlips): string {
  const found: string[] = [];
  for (const { name } of four.slice(0, searches)) found.push(notes.find('area', name));
  const last = found.at(-1)!;
  if (found.length < four.length || skipsPython || !found.every(isNumber)) return last;
  const sum = found.reduce((total, value) => total + Number(value), 0);
  return notes.call('I add them.', 'python', found.join(' + '), String(sum));
}

function isNumber(value: string): boolean {
  return /^\d+$/.test(value);
}

/** Whether the careful script, given this search, ends with the right answer. */
export function isAnswerable(four: Four, search: Search): boolean {
  return solveTotal(four, search).answer === totalOf(four);
}
