import { expect, test } from 'vitest';
import { scoreEnvironment } from './environment.js';
import type { ResponsePart } from './reward.js';

const result = (text: string, tool = 'guess'): ResponsePart => ({
  kind: 'result',
  tool,
  text: `<result>${text}</result>`,
});
const step = (reward: number | null, done = false) =>
  result(`{"reward":${reward},"done":${done},"observation":{"reward":50}}`);
const scored = (take: 'sum' | 'last', response: readonly ResponsePart[]) => {
  const { reward, parts, flags } = scoreEnvironment({ tool: 'guess', take })({ response, reference: '' });
  expect(parts).toEqual({ environment: reward });
  return [reward, ...flags];
};

test('an episode is worth the sum of its steps, or the last of them, whatever is said around them', () => {
  const response = [
    result('{"reward":null,"done":false,"observation":{}}', 'guess_reset'),
    { kind: 'text', tool: null, text: '{"reward":9,"done":true,"observation":{}}' } as const,
    result('{"reward":9,"done":true,"observation":{}}', 'python'),
    step(0.5),
    result('guess: Bad'),
    step(-0.25),
    step(null, true),
    result('The episode has ended.'),
  ];
  expect(scored('sum', response)).toEqual([0.25, 'done']);
  expect(scored('last', response)).toEqual([-0.25, 'done']);
});

test('an episode that was not finished is worth what it has earned, and none is worth nothing', () => {
  expect(scored('sum', [step(1e-7), step(2)])).toEqual([2 + 1e-7, 'not_done']);
  expect(scored('last', [])).toEqual([0, 'no_step']);
});
