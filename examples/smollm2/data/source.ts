/** Where the questions come from: files that the user has, or problems made on the spot. Divides nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../support/random.js';
import { readArpoQuestions } from './arpo-questions.js';
import { readGsm8k } from './gsm8k.js';
import type { Problem } from './problem.js';
import { sampleProblems } from './sample.js';

export interface Source {
  /** In words, for whoever reads the figures. */
  readonly name: string;
  /** Demonstrations, held-out questions and questions for reinforcement learning are taken from these. */
  readonly problems: readonly Problem[];
  /** For reinforcement learning only. */
  readonly more: readonly Problem[];
}

const GSM8K = 'eval/gsm8k.jsonl';
const ARPO = 'train/arpo_reasoning_10k.parquet';
const SAMPLE_SIZE = 900;

/**
 * @param folder of the files; null makes problems instead
 * @throws {Error} naming the file that is missing or cannot be read
 */
export async function readSource(folder: string | null, seed: number): Promise<Source> {
  if (folder === null) {
    const problems = sampleProblems(new Random(seed, 'sample'), SAMPLE_SIZE);
    return { name: `${SAMPLE_SIZE} word problems made by this example (no real data)`, problems, more: [] };
  }
  const gsm8k = join(folder, GSM8K);
  if (!existsSync(gsm8k))
    throw new Error(`There is no ${gsm8k}: give a folder that has it as --data, or leave --data out`);
  const arpo = join(folder, ARPO);
  const more = existsSync(arpo) ? await readArpoQuestions(arpo) : [];
  const names = [`GSM8K (${gsm8k})`, ...(more.length > 0 ? [`word problems of ARPO's training set (${arpo})`] : [])];
  return { name: names.join(' and '), problems: readGsm8k(readFileSync(gsm8k, 'utf8')), more };
}
