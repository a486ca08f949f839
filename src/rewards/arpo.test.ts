import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { called, said } from '../../test/support/responses.js';
import { arpoReward } from './arpo.js';
import type { ResponsePart } from './reward.js';

interface GoldenRow {
  response: string;
  target: string | string[];
  score: number;
  reason: string;
  answer: string | null;
  case: string;
}

const golden = readFileSync(new URL('../../test/golden/rewards.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line, index) => ({ index, ...(JSON.parse(line) as GoldenRow) }));

describe('fidelity reference agrees with the released scorer', () => {
  const score = arpoReward('reference');

  test('on all 400 rows', () => {
    expect(golden).toHaveLength(400);
  });

  test.each(golden)('row $index: $case', ({ response, target, score: reward, reason, answer }) => {
    const result = score({ response: said(response), reference: target });
    expect(result).toMatchObject({ reward, flags: [reason], answer });
    expect(result.formatValid).toBe(reward !== -1);
  });
});

describe('fidelity reference', () => {
  test('refuses a number as the released scorer does, and says what to do', () => {
    const score = arpoReward('reference');
    expect(() => score({ response: [], reference: 5 })).toThrow(/quote the number/);
    expect(() => score({ response: [], reference: ['a', 5] })).toThrow(TypeError);
  });
});

describe('fidelity bough', () => {
  const scoreItem = arpoReward('bough');
  const score = (response: string | ResponsePart[], reference: string | number) =>
    scoreItem({ response: typeof response === 'string' ? said(response) : response, reference });
  const boxed = (answer: string) => `<think>t</think><answer>\\boxed{${answer}}</answer>`;

  test.each([
    ['a page that mentions tags', called('search', 'q', 'write <answer> or <think> or <python>')],
    ['a program that prints a tag', called('python', "print('<result>')", '<result>')],
    ['a tool of the user', called('weather', '{"city": "<answer>"}', '<think>')],
  ])('reads no tags inside calls and results: %s', (_, call) => {
    expect(score([...said('<think>t</think>'), ...call, ...said('<answer>\\boxed{5}</answer>')], '5')).toMatchObject({
      reward: 1,
      flags: ['f1'],
    });
  });

  test('still refuses a call without a result', () => {
    expect(score(`<think>t</think><search>q</search><answer>\\boxed{5}</answer>`, '5').flags).toEqual([
      'search_incomplete',
    ]);
  });

  test('gives the bonus for calls of both tools and not for their closing tags alone', () => {
    const calls = [...called('search', 'q', 'r'), ...called('python', 'p', 'r')];
    expect(score([...said('<think>t</think>'), ...calls, ...said('<answer>\\boxed{5}</answer>')], '5').reward).toBe(
      1.1,
    );
    expect(score(`<think>t</think></search></python><answer>\\boxed{5}</answer>`, '5').reward).toBe(1);
  });

  test('gives no bonus for calls and results that the policy made up', () => {
    const madeUp = '<search>q</search><result>r</result><python>p</python><result>r</result>';
    expect(score(`<think>t</think>${madeUp}<answer>\\boxed{5}</answer>`, '5').reward).toBe(1);
  });

  test('accepts numbers as references', () => {
    expect(score(boxed('1285'), 1285).reward).toBe(1);
    expect(score(boxed('-0.5'), -0.5).reward).toBe(1);
  });

  test('reads a backspace in front of oxed as the backslash and b that it was', () => {
    expect(score('<think>t</think><answer>\boxed{5}</answer>', '5').reward).toBe(1);
  });

  test.each([
    ['3', '-3'],
    ['12', '1/2'],
    ['05', '0.5'],
    ['\\frac{1}{2}', '-\\frac{1}{2}'],
  ])('keeps %s apart from %s', (answer, reference) => {
    expect(score(boxed(answer), reference).reward).toBe(0);
    expect(score(boxed(reference), answer).reward).toBe(0);
    expect(score(boxed(reference), reference).reward).toBe(1);
  });

  test.each([
    ['A', 'A'],
    ['\\text{Paris}', 'Paris'],
    ['\u22123', '-3'],
    ['1,000', '1000'],
    ['3.14.', '3.14'],
    ['New-York', 'NewYork'],
  ])('takes %s for %s', (answer, reference) => {
    expect(score(boxed(answer), reference).reward).toBe(1);
  });

  test('has parts that add up to the reward', () => {
    for (const { response, target } of golden) {
      const { reward: total, parts } = scoreItem({ response: said(response), reference: target });
      expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(total);
    }
  });
});
