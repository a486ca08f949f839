/** GSM8K's file of questions, one JSON object per line: `question`, and `answer` with worked steps and the result behind `####`. */
import { calculationsOf, finalAnswer } from './annotations.js';
import type { Problem } from './problem.js';

/** Longer thoughts cost more than they teach a small model. */
const LONGEST_THOUGHT = 120;

/** @throws {Error} naming the line that is not such an object */
export function readGsm8k(file: string): Problem[] {
  return file.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [problemOf(line, index + 1)]));
}

function problemOf(line: string, number: number): Problem {
  const row = rowOf(line, number);
  if (typeof row.question !== 'string' || typeof row.answer !== 'string') {
    throw new Error(`gsm8k, line ${number}: question and answer must be strings`);
  }
  const answer = finalAnswer(row.answer);
  if (answer === null) throw new Error(`gsm8k, line ${number}: answer has no result behind ####`);
  return {
    id: `gsm8k-${number}`,
    question: row.question.trim(),
    answer,
    calculations: calculationsOf(row.answer, LONGEST_THOUGHT),
  };
}

function rowOf(line: string, number: number): { question?: unknown; answer?: unknown } {
  try {
    const row = JSON.parse(line) as unknown;
    if (typeof row === 'object' && row !== null) return row;
  } catch {
    // Said below, with the line.
  }
  throw new Error(`gsm8k, line ${number}: it is not a JSON object; is the file cut off?`);
}
