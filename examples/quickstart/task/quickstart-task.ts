/** Everything the quickstart's task consists of, made from one seed. Not yet in files: rows.ts writes those. */
import { Random } from '../../support/random.js';
import { bm25 } from './bm25.js';
import { corpus, type CorpusRow } from './corpus.js';
import { countries } from './countries.js';
import { fullCurriculum, lessons, type Curriculum, type Lesson } from './curriculum.js';
import { makeQuestions, type Question } from './questions.js';
import { splitCountries, type Split } from './split.js';
import { tokenizerTexts } from './tokenizer-texts.js';
import { namesOf } from './world.js';

export interface QuickstartTask {
  readonly split: Split;
  /** What the search tool holds: all countries. */
  readonly corpus: readonly CorpusRow[];
  /** 2,000 questions about the 139 countries of the training split, in random order. */
  readonly train: readonly Question[];
  /** 200 questions about the 46 held-out countries, in random order. */
  readonly heldOut: readonly Question[];
  /** The cold start, in reading order. */
  readonly lessons: readonly Lesson[];
  /** What the tokenizer is trained on. */
  readonly tokenizerTexts: readonly string[];
}

const QUESTIONS_PER_FAMILY = { train: 400, heldOut: 40 } as const;

/** The same seed makes the same task, on every machine. Takes a few seconds. */
export function makeTask(seed: number, curriculum: Curriculum = fullCurriculum): QuickstartTask {
  const all = countries();
  const documents = corpus(all);
  const search = bm25(documents.map((row) => row.text));
  const split = splitCountries(new Random(seed, 'split'), all);
  const ask = (set: keyof typeof QUESTIONS_PER_FAMILY) =>
    makeQuestions(new Random(seed, set), set, split[set], search, QUESTIONS_PER_FAMILY[set]);
  return {
    split,
    corpus: documents,
    train: ask('train'),
    heldOut: ask('heldOut'),
    lessons: [...lessons(new Random(seed, 'cold start'), namesOf(all), curriculum)],
    tokenizerTexts: tokenizerTexts(all),
  };
}
