import { afterAll, describe, expect, test } from 'vitest';
import { called, said } from '../../test/support/responses.js';
import { PythonReward } from './python.js';
import type { RewardItem } from './reward.js';

const { signal } = new AbortController();
const open: PythonReward[] = [];
afterAll(() => Promise.all(open.map((reward) => reward.close())));

function rewardOf(source: string, limits: { timeoutS?: number; memoryMb?: number } = {}): PythonReward {
  const reward = new PythonReward({ source, timeoutS: 25, memoryMb: 64, threads: 1, ...limits });
  open.push(reward);
  return reward;
}

const item: RewardItem = {
  response: [
    ...said('<think>“t” 😀</think>'),
    ...called('search', 'q', 'r'),
    ...said('<answer>\\boxed{Lima}</answer>'),
  ],
  reference: ['Lima', 'Ciudad de los Reyes'],
  question: 'Where?',
  metadata: { level: 3 },
};

async function scoreOf(source: string, given = item) {
  const [outcome] = await rewardOf(source).score([given], signal);
  return outcome;
}

describe('a function gets', () => {
  test.each([
    [
      'the response',
      `item['response'] == '''<think>“t” 😀</think><search>q</search><result>\\nr\\n</result><answer>\\\\boxed{Lima}</answer>'''`,
    ],
    [
      'its parts',
      `[p['kind'] for p in item['parts']] == ['text', 'call', 'result', 'text'] and item['parts'][1]['tool'] == 'search'`,
    ],
    ['the answer', `item['answer'] == 'Lima'`],
    ['the references', `item['reference'] == 'Lima' and item['references'][1] == 'Ciudad de los Reyes'`],
    ['the question and what else the example has', `item['question'] == 'Where?' and item['metadata'] == {'level': 3}`],
  ])('%s', async (_, condition) => {
    expect(await scoreOf(`def score(item):\n  return ${condition}`)).toMatchObject({ kind: 'scored', reward: 1 });
  });

  test('a sample and an item where it is written as for OpenAI', async () => {
    const source = `def grade(sample, item):\n  return len(sample['output_text']) + item['level'] / 10`;
    expect(await scoreOf(source)).toMatchObject({ reward: '<answer>\\boxed{Lima}</answer>'.length + 0.3 });
  });
});

test('a function may name parts; what they leave is a part, too', async () => {
  const returning = (value: string) => scoreOf(`def score(item):\n  print("noise")\n  return ${value}`);
  expect(await returning('0.25')).toMatchObject({ reward: 0.25, parts: { python: 0.25 } });
  expect(await returning('{"reward": 3, "parts": {"a": 1, "b": 2}}')).toMatchObject({
    reward: 3,
    parts: { a: 1, b: 2 },
  });
  expect(await returning('{"reward": 3, "parts": {"a": 1}}')).toMatchObject({ parts: { a: 1, python: 2 } });
});

describe('a function that fails is no score of 0 but says why, at its own lines:', () => {
  test.each([
    [
      'an exception',
      'def score(item):\n\n  return 1 / 0',
      /^Traceback[^]*File "<reward>", line 3, in score\n\s+return 1 \/ 0[^]*ZeroDivisionError: division by zero$/,
    ],
    ['no number', 'def score(item):\n  return "much"', /TypeError: return a number or \{"reward": number.*not 'much'/],
    ['no finite number', 'def score(item):\n  return float("nan")', /ValueError: Out of range float values/],
    ['an exit', 'import sys\ndef score(item):\n  sys.exit(0)', /SystemExit: 0/],
    ['an exit that nothing can catch', 'import posix\ndef score(item):\n  posix._exit(0)', /ended the program/],
    ['no function', 'x = 1', /TypeError: define score\(item\), or grade\(sample, item\)/],
  ])('%s', async (_, source, message) => {
    expect(await scoreOf(source)).toEqual({ kind: 'infra_error', message: expect.stringMatching(message) });
  });

  test('a busy loop, after its time', async () => {
    const reward = rewardOf('def score(item):\n  while item["question"]: pass\n  return 1', { timeoutS: 3 });
    const outcomes = await reward.score([item, { ...item, question: '' }], signal);
    expect(outcomes).toMatchObject([
      { kind: 'infra_error', message: 'TimeoutError: the function did not return within 3 s' },
      { kind: 'scored', reward: 1 },
    ]);
  });

  test('a list that is too long', async () => {
    expect(await scoreOf('def score(item):\n  return len([0] * 10**9)')).toEqual({
      kind: 'infra_error',
      message: expect.stringMatching('MemoryError'),
    });
  });
});

test('answers are scored apart: nothing that one leaves behind is there for the next', async () => {
  const reward = rewardOf(
    'import math\nseen = []\ndef score(item):\n  seen.append(1)\n  math.pi += 1\n  return len(seen) + (math.pi > 5)',
  );
  expect(await reward.score([item, item, item], signal)).toMatchObject([{ reward: 1 }, { reward: 1 }, { reward: 1 }]);
});

test('scoring stops when it is told to', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('cancelled')), 300);
  const scored = rewardOf('def score(item):\n  while True: pass').score([item, item], controller.signal);
  await expect(scored).rejects.toThrow('cancelled');
});

test('a source is looked at before it is used', async () => {
  const problem = (source: string) => rewardOf(source).problem(signal);
  expect(await problem('def score(item):\n  return 1')).toBeNull();
  expect(await problem('def score(item)\n  return 1')).toMatch(
    /File "<reward>", line 1\n[^]*SyntaxError: expected ':'$/,
  );
  expect(await problem('x = 1\nimport numpy\n')).toMatch(/line 2[^]*ModuleNotFoundError: No module named 'numpy'$/);
  expect(await problem('def rate(item):\n  return 1')).toMatch(/define score/);
});
