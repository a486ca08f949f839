import { expect, test } from 'vitest';
import { normalise } from '../../store/datasets/normalise.js';
import type { RlExample } from '../../store/shapes.js';
import { evaluationProblems, resolveEvaluationSpec, rightBy } from '../evaluation-spec.js';
import { BENCHMARK_NAMES, BENCHMARKS, benchmarkOf, type BenchmarkName } from './index.js';

/** A row as each file has them, made up, and what is right by it. */
const rows: Record<BenchmarkName, [row: object, references: string[], category?: unknown]> = {
  aime24: [{ id: 1, problem: 'Q?', solution: 'So \\boxed{073}.', answer: '73', url: 'u', question: 'Q?' }, ['73']],
  aime25: [{ problem: 'Q?', answer: 70, id: '0' }, ['70']],
  math500: [{ question: 'Q?', answer: '\\frac{1}{2}', level: 3 }, ['\\frac{1}{2}'], 3],
  math: [{ problem: 'Q?', solution: 'So $\\boxed{\\pi}$.', level: 'Level 5', type: 'Algebra' }, ['\\pi'], 'Level 5'],
  gsm8k: [{ question: 'Q?', answer: 'He has 2*9=<<2*9=18>>18.\n#### 1,018', idx: 0 }, ['1018']],
  webwalker: [{ question: 'Q?', answer: 'It is on the second page.' }, ['It is on the second page.']],
  hotpotqa: [{ question: 'Q?', answer: ['yes'] }, ['yes']],
  '2wiki': [{ question: 'Q?', answer: ['New York', 'NYC'] }, ['New York', 'NYC']],
  musique: [{ question: 'Q?', answer: ['Li Jie', 'Li Ye'] }, ['Li Jie', 'Li Ye']],
  bamboogle: [{ question: 'Q?', answer: ['1999'] }, ['1999']],
  gaia: [{ Question: 'Q?', answer: '17', Level: 2 }, ['17'], 2],
  hle: [{ question: 'Q?', answer: 'C', answer_type: 'multipleChoice', category: 'Physics' }, ['C'], 'Physics'],
  xbench: [{ id: '1', prompt: 'Q?', answer: 'X' }, ['X']],
  simpleqa: [{ question: 'Q?', answer: ['Michio'], topic: 'Science' }, ['Michio'], 'Science'],
};

test.each(BENCHMARK_NAMES)('a row of %s is read without configuration', (name) => {
  const [row, references, category] = rows[name];
  const example = normalise('rl', JSON.stringify(row), {}, 0) as RlExample;
  expect(example).toMatchObject({ question: 'Q?', references });
  const benchmark = benchmarkOf(name);
  expect(references.every(benchmark.isReference)).toBe(true);
  if (category !== undefined) expect(example.metadata[benchmark.category ?? '']).toBe(category);
});

/** The averages that the paper gives in its tables 1 and 2. */
test.each([
  ['Qwen2.5-3B', [26.1, 25.1, 50.4, 49.7, 50.6, 52.8]],
  // The first is 28.8 in the paper, and its cells make 29.1.
  ['Llama3.1-8B', [29.1, 36.3, 51.1, 51.1, 50.4, 55.3]],
  ['Qwen2.5-7B', [32.0, 31.0, 56.5, 54.9, 54.8, 58.3]],
])('the figures of %s average to what the paper gives', (backbone, averages) => {
  const methods = ['direct', 'TIR prompt', 'GRPO', 'REINFORCE++', 'DAPO', 'ARPO'];
  methods.forEach((method, i) => {
    const cells = BENCHMARKS.flatMap(({ figures }) =>
      figures.filter((one) => one.backbone === backbone && one.method === method),
    );
    expect(cells).toHaveLength(10);
    expect(Math.abs(cells.reduce((sum, { value }) => sum + value, 0) / 10 - (averages[i] ?? NaN))).toBeLessThan(0.1);
  });
});

const input = (benchmark: BenchmarkName, more = {}) => ({ model: 'mdl_1', dataset: 'ds_1', benchmark, ...more });
const judge = { type: 'judge', model: 'any' } as const;

test('the metric of a benchmark is the grader, and the paper’s sampling the default', () => {
  expect(resolveEvaluationSpec(input('hotpotqa'), null)).toMatchObject({
    benchmark: 'hotpotqa',
    category: null,
    grader: { type: 'paper_metric', metric: 'f1', task: 'qa' },
    sampling: { temperature: 0.6, top_p: 0.95, samples: 1 },
    prompt: { system: expect.stringContaining('\\boxed{answer}') },
  });
  const asked = input('gsm8k', { sampling: { temperature: 0 }, category: null, tools: [{ type: 'python' }] });
  const spec = resolveEvaluationSpec(asked, null);
  expect(spec).toMatchObject({ grader: { metric: 'math_equal' }, sampling: { temperature: 0 } });
  expect(spec.prompt.system).toContain('may call tools: python.');
  expect(rightBy(spec)).toBe('reward');
});

test('a benchmark whose metric is a judge needs one, which is asked as the paper’s is', () => {
  expect(evaluationProblems(input('gaia')).map(({ path }) => path)).toEqual(['grader']);
  const given = input('gaia', { grader: judge });
  expect(evaluationProblems(given)).toEqual([]);
  const { grader, category } = resolveEvaluationSpec(given, null);
  expect(category).toBe('Level');
  expect(grader).toMatchObject({
    type: 'sum',
    terms: [
      { reward: { metric: 'math_equal' } },
      { reward: { type: 'judge', prompt: expect.stringContaining('meaning') } },
    ],
    clamp: { max: 1 },
  });
  const own = resolveEvaluationSpec(input('gaia', { grader: { ...judge, prompt: '{answer}?' } }), null).grader;
  expect(own).toMatchObject({ type: 'judge', prompt: '{answer}?' });
});
