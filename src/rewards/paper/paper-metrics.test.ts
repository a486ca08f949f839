import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluationAnswer, lastLines } from './evaluation-answer.js';
import { sameLatex } from './latex-strings.js';
import { listedReferences, PAPER_METRICS, paperMetric, type PaperMetric, type PaperTask } from './paper-metrics.js';

type PaperMetrics = Record<PaperMetric, number>;

const paperMetrics = (answer: string, references: readonly string[], task: PaperTask) =>
  Object.fromEntries(PAPER_METRICS.map((metric) => [metric, paperMetric(metric, answer, references, task)]));

type Row =
  | { op: 'extract'; text: string; expected: string }
  | { op: 'is_equiv'; a: string; b: string; expected: boolean }
  | { op: 'math'; prediction: string; reference: string | number; expected: PaperMetrics }
  | { op: 'qa'; prediction: string; references: string | (string | number)[]; expected: PaperMetrics }
  | {
      op: 'sample';
      task: PaperTask;
      output: string;
      answer: string | string[];
      expected: PaperMetrics & { prediction: string };
    }
  | { op: 'gsm8k_gold' };

const golden = readFileSync(new URL('../../../test/golden/metrics.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Row);
const rows = <Op extends Row['op']>(op: Op) =>
  golden.flatMap((row, index) => (row.op === op ? [{ index, ...(row as Extract<Row, { op: Op }>) }] : []));
const listOf = (references: string | (string | number)[]): string[] =>
  typeof references === 'string' ? listedReferences(references) : references.map(String);

describe('agrees with the evaluation of the original', () => {
  test.each(rows('extract'))('extract, row $index', ({ text, expected }) => {
    expect(evaluationAnswer(text)).toBe(expected);
  });

  test.each(rows('is_equiv'))('is_equiv, row $index: $a and $b', ({ a, b, expected }) => {
    expect(sameLatex(a, b)).toBe(expected);
  });

  test.each(rows('math'))('math, row $index: $prediction', ({ prediction, reference, expected }) => {
    expect(paperMetrics(prediction, [String(reference)], 'math')).toEqual(expected);
  });

  test.each(rows('qa'))('qa, row $index: $prediction', ({ prediction, references, expected }) => {
    expect(paperMetrics(prediction, listOf(references), 'qa')).toEqual(expected);
  });

  test.each(rows('sample'))('sample, row $index', ({ task, output, answer, expected }) => {
    expect(evaluationAnswer(output)).toBe(expected.prediction);
    const text = evaluationAnswer(output) || lastLines(output);
    const { em, acc, f1, math_equal } = expected;
    const references = task === 'math' ? [answer].flat() : listOf(answer);
    const isEmpty = output.trim() === '';
    expect(isEmpty ? { em: 0, acc: 0, f1: 0, math_equal: 0 } : paperMetrics(text, references, task)).toEqual({
      em,
      acc,
      f1,
      math_equal,
    });
  });
});
