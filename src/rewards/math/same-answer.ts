/** Whether an answer is the reference, as mathematics. Takes answers apart; two values that differ as texts are compared by `compareValues`. */
import { sameLatex } from '../paper/latex-strings.js';
import { PLAIN_RULES } from '../exact-match.js';
import { normalisedWords } from '../normalise.js';
import { answerParts, isWords, tidyLatex } from './tidy-latex.js';

/** `too_hard`: it took too long or too much memory. */
export type Verdict = 'equal' | 'not_equal' | 'too_hard';
export type CompareValues = (a: string, b: string) => Promise<Verdict>;

/** Of longer ones no two values are compared. */
const MAX_CHARACTERS = 2000;
const MAX_PARTS = 32;

/** Rows and intervals part by part; sets, and lists without brackets, in any order. */
export async function sameAnswer(answer: string, reference: string, compareValues: CompareValues): Promise<Verdict> {
  if (sameLatex(answer, reference)) return answer.trim() === '' ? 'not_equal' : 'equal';
  if (Math.max(answer.length, reference.length) > MAX_CHARACTERS) return 'too_hard';
  const [given, wanted] = [tidyLatex(answer), tidyLatex(reference)];
  if (given === '' || wanted === '') return 'not_equal';
  if (given === wanted) return 'equal';
  if (isWords(given) || isWords(wanted)) return sameWords(given, wanted);
  const [a, b] = [answerParts(given), answerParts(wanted)];
  if (a.opens !== b.opens || a.closes !== b.closes || a.parts.length !== b.parts.length) return 'not_equal';
  if (a.parts.length > MAX_PARTS) return 'too_hard';
  const isOrdered = a.opens === '(' || a.opens === '[';
  return matchAll(a.parts, b.parts, isOrdered, (one, other) =>
    sameLatex(one, other) ? Promise.resolve('equal') : compareValues(one, other),
  );
}

function sameWords(a: string, b: string): Verdict {
  const [given, wanted] = [a, b].map((text) => normalisedWords(text, PLAIN_RULES).join(' '));
  return given === wanted && given !== '' ? 'equal' : 'not_equal';
}

/** Each part finds one that no other has found: the one in its place, or in a set any. */
async function matchAll(
  given: readonly string[],
  wanted: readonly string[],
  isOrdered: boolean,
  compare: CompareValues,
): Promise<Verdict> {
  const left = [...wanted];
  for (const part of given) {
    let found: Verdict = 'not_equal';
    const candidates = isOrdered ? left.slice(0, 1) : [...left];
    for (const candidate of candidates) {
      found = await compare(part, candidate);
      if (found === 'equal') left.splice(left.indexOf(candidate), 1);
      if (found !== 'not_equal') break;
    }
    if (found !== 'equal') return found;
  }
  return 'equal';
}
