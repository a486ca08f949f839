import { expect, test } from 'vitest';
import { called, said } from '../../test/support/responses.js';
import { scoreToolUse, type ToolUseOptions } from './tool-use.js';

const rewards = (options: Partial<ToolUseOptions>) => {
  const score = scoreToolUse({ tool: null, min: 1, max: null, per: 'response', reward: 1, ...options });
  return [0, 1, 2, 3].map((calls) => {
    const response = [...said('<search>'), ...Array.from({ length: calls }, () => called('search', 'q', 'r')).flat()];
    return score({ response: [...response, ...called('python', 'p', 'r')], reference: '' }).reward;
  });
};

test.each([
  [{}, [1, 1, 1, 1]],
  [{ tool: 'search' }, [0, 1, 1, 1]],
  [{ tool: 'search', min: 0, max: 1 }, [1, 1, 0, 0]],
  [{ tool: 'search', min: 2, reward: 0.5 }, [0, 0, 0.5, 0.5]],
  [{ tool: 'search', per: 'call', max: 2 }, [0, 1, 2, 2]],
  [{ tool: 'search', per: 'call', min: 2 }, [0, 0, 2, 3]],
  [{ per: 'call', reward: -0.25 }, [-0.25, -0.5, -0.75, -1]],
  [{ tool: 'browser', min: 0, max: 0 }, [1, 1, 1, 1]],
] as const)('with %o, 0 to 3 searches and one program earn %o', (options, expected) => {
  expect(rewards(options)).toEqual(expected);
});

test('says whether the calls were too few or too many', () => {
  const score = scoreToolUse({ tool: null, min: 1, max: 1, per: 'response', reward: 1 });
  const flagsAfter = (calls: number) =>
    score({ response: Array.from({ length: calls }, () => called('t', '', '')).flat(), reference: '' }).flags;
  expect([0, 1, 2].map(flagsAfter)).toEqual([['too_few_calls'], ['calls_in_range'], ['too_many_calls']]);
});
