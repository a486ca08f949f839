/** Everything that the task of totals consists of, made from one seed. */
import { bm25 } from '../../../examples/quickstart/task/bm25.js';
import { corpus, type CorpusRow } from '../../../examples/quickstart/task/corpus.js';
import { countries, type Country } from '../../../examples/quickstart/task/countries.js';
import { lessons, type Curriculum, type Lesson } from '../../../examples/quickstart/task/curriculum.js';
import type { Message, Search } from '../../../examples/quickstart/task/notes.js';
import { splitCountries } from '../../../examples/quickstart/task/split.js';
import { tokenizerTexts } from '../../../examples/quickstart/task/tokenizer-texts.js';
import { tokenCount, transcript } from '../../../examples/quickstart/task/tokens.js';
import { inventCountries, namesOf, worldSearch, type Names } from '../../../examples/quickstart/task/world.js';
import { Random } from '../../../examples/support/random.js';
import { drawTotalSlips } from './slips.js';
import { isAnswerable, solveTotal, totalOf, wordingOf, type Four } from './totals.js';

const QUESTIONS = { train: 2_000, heldOut: 200 } as const;

interface TotalsTask {
  readonly corpus: readonly CorpusRow[];
  /** About countries of the training split. */
  readonly train: readonly TotalsRow[];
  readonly heldOut: readonly TotalsRow[];
  /** The cold start, in reading order. */
  readonly lessons: readonly Lesson[];
  readonly tokenizerTexts: readonly string[];
}

interface TotalsRow {
  readonly question: string;
  readonly answer: string;
  readonly metadata: { readonly family: string; readonly id: string };
}

/** The same seed makes the same task, on every machine. */
export function makeTotals(seed: number, curriculum: Curriculum): TotalsTask {
  const all = countries();
  const documents = corpus(all);
  const search = bm25(documents.map(({ text }) => text));
  const split = splitCountries(new Random(seed, 'split'), all);
  const ask = (set: keyof typeof QUESTIONS) =>
    totals(new Random(seed, set), split[set], search, QUESTIONS[set]).map((four, index) => ({
      question: wordingOf(four),
      answer: totalOf(four),
      metadata: { family: 'total of four', id: `${set}-${index + 1}` },
    }));
  const names = namesOf(all);
  const shown = all.slice(0, 4) as unknown as Four;
  return {
    corpus: documents,
    train: ask('train'),
    heldOut: ask('heldOut'),
    lessons: [
      ...lessons(new Random(seed, 'cold start'), names, curriculum, (random, longest) =>
        demonstrateTotal(random, names, longest),
      ),
    ],
    // Commas stand in this task alone.
    tokenizerTexts: [...tokenizerTexts(all), transcript(solveTotal(shown, search).messages)],
  };
}

/** Different sets of four countries in random order, each with a right answer that search and calculation lead to. */
export function totals(random: Random, from: readonly Country[], search: Search, count: number): Four[] {
  const found = new Map<string, Four>();
  while (found.size < count) {
    const four = random.shuffled(from).slice(0, 4) as unknown as Four;
    const key = four
      .map(({ name }) => name)
      .sort()
      .join();
    if (!found.has(key) && isAnswerable(four, search)) found.set(key, four);
  }
  return [...found.values()];
}

/** One demonstration in a world of its own, of at most `longest` tokens; a longer one is told again of another world, with the same slips. */
export function demonstrateTotal(random: Random, names: Names, longest: number): readonly Message[] {
  const slips = drawTotalSlips(random);
  for (;;) {
    const four = inventCountries(random, names, 4) as unknown as Four;
    const { messages } = solveTotal(four, worldSearch(random, four), slips);
    if (tokenCount(messages) <= longest) return messages;
  }
}
