/**
 * Copying drills: a few names or numbers among filler words, to be repeated in order among other fillers. A small model
 * learns from them to copy what it has read. The fillers are words of no other use, and no operator is among them: a word
 * that stands here at random would lose its meaning in the task.
 */
import type { Random } from '../../support/random.js';
import type { Message } from './notes.js';
import { inventName, inventNumber, type Names } from './world.js';

/** Words that occur nowhere in the task. */
export const fillers = 'also but here list next note now once say so still then yes'.split(' ');

const FEWEST_ITEMS = 2;
const MAX_ITEMS = 4;
const MAX_FILLERS = 2;
const NUMBER = 0.4;

/** A question of items among fillers, and the answer that repeats the items. */
export function drill(random: Random, names: Names): Message[] {
  const items = Array.from({ length: random.integer(FEWEST_ITEMS, MAX_ITEMS) }, () => inventItem(random, names));
  return [
    { role: 'user', content: amongFillers(random, items) },
    { role: 'assistant', content: amongFillers(random, items) },
  ];
}

const kinds = ['name', 'capital', 'region', 'currency'] as const;

function inventItem(random: Random, names: Names): string {
  return random.chance(NUMBER) ? String(inventNumber(random)) : inventName(random, names, random.pick(kinds));
}

/** Each item after one or two fillers, and a filler at the end. Every word has a space before it, as in the task. */
function amongFillers(random: Random, items: readonly string[]): string {
  const filler = () => Array.from({ length: random.integer(1, MAX_FILLERS) }, () => random.pick(fillers));
  return [...items.flatMap((item) => [...filler(), item]), random.pick(fillers)].map((word) => ` ${word}`).join('');
}
