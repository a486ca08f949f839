import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ArpoReward } from './arpo.js';

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
  const reward = new ArpoReward('reference');

  test('on all 400 rows', () => {
    expect(golden).toHaveLength(400);
  });

  test.each(golden)('row $index: $case', ({ response, target, score, reason, answer }) => {
    const result = reward.score({ response, reference: target });
    expect(result).toMatchObject({ reward: score, flags: [reason], answer });
    expect(result.formatValid).toBe(score !== -1);
  });
});

describe('fidelity reference', () => {
  test('refuses a number as the released scorer does, and says what to do', () => {
    const reward = new ArpoReward('reference');
    expect(() => reward.score({ response: '', reference: 5 })).toThrow(/quote the number/);
    expect(() => reward.score({ response: '', reference: ['a', 5] })).toThrow(TypeError);
  });
});

describe('fidelity bough', () => {
  const reward = new ArpoReward('bough');
  const score = (response: string, reference: string | number) => reward.score({ response, reference });
  const boxed = (answer: string) => `<think>t</think><answer>\\boxed{${answer}}</answer>`;

  test.each([
    ['a page that mentions tags', '<search>q</search><result>write <answer> or <think> or <python></result>'],
    ['a program that prints a tag', "<python>print('<result>')</python>\n<result>\n<result>\n</result>"],
  ])('reads no tags inside calls and results: %s', (_, call) => {
    expect(score(`<think>t</think>${call}<answer>\\boxed{5}</answer>`, '5')).toMatchObject({
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
    const calls = '<search>q</search><result>r</result><python>p</python><result>r</result>';
    expect(score(`<think>t</think>${calls}<answer>\\boxed{5}</answer>`, '5').reward).toBe(1.1);
    expect(score(`<think>t</think></search></python><answer>\\boxed{5}</answer>`, '5').reward).toBe(1);
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
      const { reward: total, parts } = reward.score({ response, reference: target });
      expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(total);
    }
  });
});
