/** An answer about countries as one line: a sentence of the corpus is shortened to the value that it states. */
import { trajectoryLine } from '../support/trajectory.js';
import { readSentence } from './task/corpus.js';

export function answerLine(response: string): string {
  return trajectoryLine(response, (result) => readSentence(result)?.value ?? result);
}
