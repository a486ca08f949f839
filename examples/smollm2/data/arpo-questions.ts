/** The word problems among ARPO's published training questions: a Parquet file of `data_source`, `ability`, `reward_model` and `extra_info`. */
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import type { Problem } from './problem.js';

/** The part of a row that is read. */
export interface ArpoRow {
  readonly ability?: unknown;
  readonly extra_info?: { readonly question?: unknown };
  readonly reward_model?: { readonly ground_truth?: unknown };
}

const LONGEST_QUESTION = 250;
/** Formulas are another matter than word problems; so are languages that the model was not made for. */
const PLAIN_WORDS = /^[\x20-\x7e]*\d[\x20-\x7e]*$/;
const FORMULA = /[\\$^]/;
const NUMBER = /^-?\d{1,6}(\.\d{1,2})?$/;

/** @throws {Error} when the file is not there or is no Parquet file */
export async function readArpoQuestions(path: string): Promise<Problem[]> {
  const file = await asyncBufferFromFile(path);
  const rows = await parquetReadObjects({ file, columns: ['ability', 'extra_info', 'reward_model'] });
  return wordProblems(rows as ArpoRow[]);
}

/** Questions in plain English words of which the answer is a number; a question that is there twice counts once. */
export function wordProblems(rows: readonly ArpoRow[]): Problem[] {
  const problems = rows.flatMap(({ ability, extra_info: info, reward_model: reward }, index): Problem[] => {
    const question = info?.question;
    const answer = reward?.ground_truth;
    if (ability !== 'math' || typeof question !== 'string' || typeof answer !== 'string') return [];
    const isWordProblem =
      question.length <= LONGEST_QUESTION &&
      PLAIN_WORDS.test(question) &&
      !FORMULA.test(question) &&
      NUMBER.test(answer.trim());
    if (!isWordProblem) return [];
    return [{ id: `arpo-${index}`, question: question.trim(), answer: answer.trim(), calculations: null }];
  });
  return [...new Map(problems.map((problem) => [problem.question, problem])).values()];
}
