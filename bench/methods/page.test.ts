import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recipe } from '../../examples/quickstart/recipe.js';
import { resolveRunSpec, RunSpecInput } from '../../src/spec/run-spec.js';
import { withFound } from './page.js';
import { gainOf, merged, type Results, type Training } from './results.js';
import { trainingNames, trainingSpec, type TrainingName } from './trainings.js';

const page = readFileSync(new URL('../../docs/methods.md', import.meta.url), 'utf8');
const datasets = { texts: 'ds_1', lessons: 'ds_2', questions: 'ds_3', heldOut: 'ds_4', corpus: 'ds_5' };
const seconds = { training: 90, evaluation: 30 };

function training(name: TrainingName, exact_match: number): Training {
  const body = trainingSpec(name, { recipe, datasets, pairs: 'ds_6', checkpoint: 'ckpt_1' });
  const spec = resolveRunSpec(RunSpecInput.parse(body)) as Training['spec'];
  const spent = { tool_calls: 1234, sampled_tokens: 5, trained_tokens: 6 };
  return { run: `run_${name}`, commit: 'abc', seconds, exact_match, standard_error: 0.03, ...spent, spec };
}

function results(trainings: Results['trainings'], checkpoint = 'ckpt_1'): Results {
  const found = { run: 'run_0', commit: 'abc', seconds, exact_match: 0.3, standard_error: 0.03 };
  const machine = { cpu: 'a processor', cores: 2, memory_gib: 24, system: 'Linux' };
  return { machine, cold_start: { ...found, checkpoint }, trainings };
}

test('a method learns by ten points and three standard errors', () => {
  const before = { exact_match: 0.3, standard_error: 0.03 };
  const learns = (exact_match: number, standard_error = 0.03) =>
    gainOf(before, { exact_match, standard_error }).isLearnt;
  expect(learns(0.5)).toBe(true);
  expect(learns(0.42)).toBe(false);
  expect(learns(0.39, 0)).toBe(false);
  expect(learns(0.42, 0)).toBe(true);
});

test('the page says of every training whether it learns, and what it was trained with', () => {
  const all = Object.fromEntries(trainingNames.map((name) => [name, training(name, name === 'gspo' ? 0.31 : 0.6)]));
  const text = withFound(page, results(all));
  expect(text).toContain('**12 of 13 learn.** Not shown to: `gspo`. After');
  expect(text).toContain('| `arpo` | 60.0% ± 3.0 | +30.0 | 4.2 | yes | 1,234 | 5 | 6 | 1:30 |');
  expect(text).toContain('| `gspo` | `grpo` | −0.0003 / +0.0004 | `sequence` |  |');
  expect(text).toContain(
    '| `dapo` | `grpo` | −0.2 / +0.28 | `token` | groups without spread: replace; overlong penalty over 32 tokens |',
  );
  expect(text).toContain('| `dpo` |  |  | -log σ(β margin) | β 0.1, 16 pairs an update |');
  expect(text).toContain('| `dpo with likelihood` |  |  | -log σ(β margin) - 1 × mean log π(chosen) | β 0.1,');
  expect(text.indexOf('# Results')).toBe(page.indexOf('# Results'));
});

test('what is missing is said, and what began with another cold start is forgotten', () => {
  const known = results({ grpo: training('grpo', 0.6) });
  const joined = merged(known, results({ arpo: training('arpo', 0.6) }));
  expect(Object.keys(joined.trainings)).toEqual(['grpo', 'arpo']);
  expect(withFound(page, joined)).toContain('11 of 13 have not been trained yet.');
  expect(Object.keys(merged(known, results({ arpo: training('arpo', 0.6) }, 'ckpt_2')).trainings)).toEqual(['arpo']);
});
