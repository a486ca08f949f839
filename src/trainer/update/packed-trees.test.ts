import { describe, expect, test } from 'vitest';
import { sharedCall } from '../../../test/support/trees.js';
import { creditTrees } from '../algorithms/credit.js';
import { packCredited } from './packed-trees.js';

const pack = (...groups: (number | null)[][]) => {
  const trees = groups.map((advantages_G, place) => ({ tree: sharedCall(place), advantages_G }));
  const { segments } = creditTrees(trees, {
    advantage: { attribution: 'soft' },
    rollout: { max_response_tokens: 64 },
    training: { loss_aggregation: 'token' },
  });
  return packCredited(trees.map(({ tree }, i) => ({ tree, credit: segments[i]! })));
};

describe('packed trees', () => {
  test("keep each segment once, and train the model's", () => {
    const { inputs, segments, targets } = pack([1, -2, 0.5]);
    expect(inputs).toHaveLength(1);
    expect(inputs[0]!.segments.map(({ parent, tokens, train }) => [parent, tokens.length, train])).toEqual([
      [null, 5, false],
      [0, 3, true],
      [1, 2, false],
      [2, 4, true],
      [2, 6, true],
      [0, 7, true],
    ]);
    expect(segments.map(({ segment, start, length }) => [segment, start, length])).toEqual([
      [1, 0, 3],
      [3, 3, 4],
      [4, 7, 6],
      [5, 13, 7],
    ]);
    expect(targets.oldLogprobs).toHaveLength(20);
  });

  test('spread the credit of a segment over its tokens', () => {
    const { targets } = pack([1, -2, 0.5]);
    const N = 3 + 4 + (3 + 6) + 7;
    const at = (token: number) => ({
      positive: targets.positive[token],
      negative: targets.negative[token],
      weight: targets.weights[token],
      copies: targets.copies[token],
      advantage: targets.advantages[token],
    });
    const shared = { positive: Math.fround(1 / N), negative: Math.fround(-2 / N), weight: Math.fround(2 / N) };
    for (const token of [0, 2]) expect(at(token)).toEqual({ ...shared, copies: 2, advantage: -0.5 });
    expect(at(3)).toMatchObject({ positive: Math.fround(1 / N), negative: 0, copies: 1, advantage: 1 });
    expect(at(12)).toMatchObject({ positive: 0, negative: Math.fround(-2 / N), copies: 1, advantage: -2 });
    expect(at(19)).toMatchObject({ positive: Math.fround(0.5 / N), copies: 1, advantage: 0.5 });
    expect([...targets.oldLogprobs.subarray(0, 4)]).toEqual([-1 / 8, -2 / 8, -3 / 8, -1 / 8]);
  });

  test('leave out what only trajectories reach that take no part', () => {
    const { inputs, segments } = pack([null, null, 1]);
    expect(inputs[0]!.segments.map(({ parent, tokens }) => [parent, tokens.length])).toEqual([
      [null, 5],
      [0, 7],
    ]);
    expect(segments).toEqual([{ tree: 0, segment: 5, start: 0, length: 7 }]);
  });

  test('follow one another in the order of the trees', () => {
    const { inputs, segments } = pack([1, null, null], [null, null, 1]);
    expect(inputs).toHaveLength(2);
    expect(segments.map(({ tree, segment, start }) => [tree, segment, start])).toEqual([
      [0, 1, 0],
      [0, 3, 3],
      [1, 5, 7],
    ]);
  });
});
