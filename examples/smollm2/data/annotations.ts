/** GSM8K's worked answers: `She makes 9 * 2 = $<<9*2=18>>18 a day.` to calculations with what is thought before them. Evaluates nothing. */
import type { Calculation } from './problem.js';

const ANNOTATION = /<<([^<>=]*)=([^<>=]*)>>/g;
const ARITHMETIC = /^[\d.+\-*/() ]*\d[\d.)]* *[+\-*/][\d.+\-*/() ]+$/;
/** The calculation as it is written out before its annotation. */
const WRITTEN_OUT = /(?:[\s\d.,:$%+\-*/×÷–()=]|(?<![A-Za-z])x(?![A-Za-z]))+$/;
/** The result as it is written out after an annotation, and what joins it to the next thought. */
const RESULT = /^[\s\d.,;:$%]+/;

/** The answer behind `####`, without thousands separators. Null when there is none. */
export function finalAnswer(worked: string): string | null {
  const answer = /####\s*(.+)\s*$/.exec(worked)?.[1]?.replaceAll(',', '').trim();
  return answer === undefined || answer === '' ? null : answer;
}

/**
 * The calculations of a worked answer. Null when one of them is no plain arithmetic, comes without a word about it or with more than
 * `longestThought` characters, or when the last does not give the answer: what is left could not be shown as a way to it.
 */
export function calculationsOf(worked: string, longestThought: number): Calculation[] | null {
  const calculations = worked.split('\n').flatMap((line) => calculationsOfLine(line));
  const isUsable = calculations.every(
    ({ thought, expression, value }) =>
      ARITHMETIC.test(expression) &&
      Number.isFinite(value) &&
      /[A-Za-z]/.test(thought) &&
      thought.length <= longestThought,
  );
  const last = calculations.at(-1);
  return isUsable && last !== undefined && last.value === Number(finalAnswer(worked)) ? calculations : null;
}

function calculationsOfLine(line: string): Calculation[] {
  let end = 0;
  return [...line.matchAll(ANNOTATION)].map((match) => {
    const [whole, expression = '', value = ''] = match;
    const before = line.slice(end, match.index).replace(RESULT, '');
    end = match.index + whole.length;
    return {
      thought: before.replace(WRITTEN_OUT, '').trim(),
      expression: plain(expression),
      value: value.trim() === '' ? NaN : Number(plain(value)),
    };
  });
}

function plain(text: string): string {
  return text.replaceAll(/[,$ ]/g, '');
}
