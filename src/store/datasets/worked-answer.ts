/** The final answer of a worked solution, as datasets of mathematics write it. */
import { lastBoxed } from '../../spec/boxed.js';

/** GSM8K's mark, which the solution ends with. */
const MARKED = /#### (?<answer>-?[\d.,]+)/;
const MARKED_LAST = /#### -?[\d.,]+\s*$/;

/**
 * What follows GSM8K's mark, without commas; of several marks the first counts, as in the evaluation of ARPO.
 * @returns null for a text without the mark
 */
export const markedAnswer = (solution: string): string | null =>
  MARKED.exec(solution)?.groups?.['answer']?.replaceAll(',', '') ?? null;

/** The answer alone, where the text is a solution that ends in GSM8K's mark; else the text as it is. */
export const withoutWork = (text: string): string => (MARKED_LAST.test(text) ? markedAnswer(text) || text : text);

/** What is in the last box of a solution, as MATH writes it; null where there is none. */
export const boxedAnswer = (solution: string): string | null => lastBoxed(solution)?.trim() || null;
