import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { armNames, arms, type ArmName } from '../arms.js';
import { protocol } from '../protocol.js';
import type { ArmResult, SeedResult, TaskResults } from '../results.js';
import { chartOf } from './chart.js';
import { withResults } from './page.js';

/** Calls of an arm in five steps, as a share of GRPO's. */
const costs: { readonly [Name in ArmName]: number } = { grpo: 1, n4: 0.7, n2: 0.5, deferred: 0.5, random: 0.4 };

function arm(name: ArmName, number: number): ArmResult {
  const steps = Array.from({ length: arms[name].steps / protocol.evaluateEvery + 1 }, (_, i) => 5 * i);
  const points = steps.map((step) => ({
    step,
    tool_calls: Math.round(100 * costs[name] * step),
    sampled_tokens: 10 * step,
    exact_match: 0.2 + 0.01 * step + 0.001 * number - (name === 'random' ? 0.05 : 0),
    standard_error: 0.02,
  }));
  return {
    run: `run_${name}`,
    commit: 'abc',
    seconds: { training: 60, evaluation: 30 },
    tool_calls_linear_equivalent: 0,
    points,
  };
}

function seed(number: number, names: readonly ArmName[]): SeedResult {
  const cold_start = { run: 'run_0', checkpoint: 'ckpt_0', commit: 'abc', seconds: { training: 100, evaluation: 5 } };
  return { seed: number, cold_start, arms: Object.fromEntries(names.map((name) => [name, arm(name, number)])) };
}

const machine = { cpu: 'a processor', cores: 2, memory_gib: 24, system: 'Linux' };
const results = (seeds: SeedResult[]): TaskResults => ({ task: '3-call', machine, seeds });
const page = readFileSync(new URL('../../../docs/tool-calls.md', import.meta.url), 'utf8');
const written = (seeds: SeedResult[]) => withResults(page, [['3-call', results(seeds)]]);
const five = [11, 12, 13, 14, 15];

test('the whole study is said to be complete, with the ratio of the endpoints', () => {
  const text = written(five.map((number) => seed(number, armNames)));
  expect(text).toContain('Complete: 5 seeds with all arms.');
  expect(text).toContain(`| ${arms.n2.title} | GRPO | 5 | 0.703 | 2,450 | 4,900 | 0.50 | 0.50 to 0.50 |`);
  expect(text).toContain(`| ${arms.random.title} | GRPO | 5 | −5.0 | −5.0 to −5.0 | no |`);
  expect(text).toContain(`| ${arms.deferred.title} | ${arms.random.title} | 5 | +5.0 | +5.0 to +5.0 | yes |`);
});

test('seeds that lack an arm make it incomplete, and do not count as seeds of that arm', () => {
  const text = written([seed(11, armNames), seed(12, ['grpo', 'n4'])]);
  expect(text).toContain('**Incomplete: 1 of 5 seeds have all arms.**');
  expect(text).toContain(`| ${arms.n4.title} | GRPO | 2 |`);
  expect(text).toContain(`| ${arms.n2.title} | GRPO | 1 |`);
  expect(text).toContain('| one seed |');
});

test('one arm alone is compared with nothing', () => {
  expect(written([seed(11, ['grpo'])]).match(/No seed has two arms/g)).toHaveLength(2);
});

test('an endpoint that is not reached is said so', () => {
  const low = seed(11, armNames);
  for (const point of low.arms.n2!.points) point.exact_match = 0.2;
  expect(written([low])).toContain(`| ${arms.n2.title} | GRPO | 1 | 0.701 | not reached | 4,900 | ∞ | one seed |`);
});

test('what is written by hand stays, and writing twice is writing once', () => {
  const once = written([seed(11, armNames)]);
  expect(once.slice(0, 500)).toBe(page.slice(0, 500));
  expect(withResults(once, [['3-call', results([seed(11, armNames)])]])).toBe(once);
  expect(withResults(once, [['3-call', null]])).toContain('Not run.');
});

test('a page without a place for results is refused', () => {
  expect(() => withResults('# A page', [])).toThrow('no place for results');
});

test('the plot has a line for each arm that has run', () => {
  const image = chartOf(results([seed(11, ['grpo', 'n2'])]));
  expect(image.match(/<polyline/g)).toHaveLength(2);
  expect(image).toContain(`>${arms.n2.title}</text>`);
  expect(image).toContain('(one seed)');
});
