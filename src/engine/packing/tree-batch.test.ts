import { expect, test } from 'vitest';
import { packTrees, PackingError, type TileGroup, type TreeInput } from './tree-batch.js';

const ids = (...tokens: number[]) => Int32Array.from(tokens);
/** prompt 10 11 → model 20 21 → tool 30 → model 40, and a branch model 50 51 after the tool. */
const tree: TreeInput = {
  segments: [
    { parent: null, tokens: ids(10, 11), train: false },
    { parent: 0, tokens: ids(20, 21), train: true },
    { parent: 1, tokens: ids(30), train: false },
    { parent: 2, tokens: ids(40), train: true },
    { parent: 2, tokens: ids(50, 51), train: true },
  ],
};

/** The tokens that each token sees, itself last, by way of the tiles. */
function seenBy(trees: TreeInput[]): number[][] {
  const b = packTrees(trees);
  return Array.from({ length: b.tokens }, (_, t) => {
    const groups = b.tileGroups.filter(
      ({ queryOfToken_T, tiles, queryLength }) => queryOfToken_T[t]! < tiles * queryLength,
    );
    expect(groups).toHaveLength(1);
    const [{ queryOfToken_T, queryLength, keyLength, keyToken_NK, lastKey_NL }] = groups as [TileGroup];
    const query = queryOfToken_T[t]!;
    const tile = Math.floor(query / queryLength);
    const keys = keyToken_NK.subarray(tile * keyLength, tile * keyLength + lastKey_NL[query]! + 1);
    return Array.from(keys, (key) => b.tokenIds_T[key]!);
  });
}

test('each unique token sees exactly its own path', () => {
  expect(seenBy([tree])).toEqual([
    [10],
    [10, 11],
    [10, 11, 20],
    [10, 11, 20, 21],
    [10, 11, 20, 21, 30],
    [10, 11, 20, 21, 30, 40],
    [10, 11, 20, 21, 30, 50],
    [10, 11, 20, 21, 30, 50, 51],
  ]);
});

test('trees in one batch do not see each other', () => {
  const other: TreeInput = { segments: [{ parent: null, tokens: ids(7, 8), train: false }] };
  expect(seenBy([tree, other]).slice(-2)).toEqual([[7], [7, 8]]);
});

test('targets come by segment, each predicted from the token before it on its path', () => {
  const b = packTrees([tree]);
  expect(Array.from(b.targetIds_P)).toEqual([20, 21, 40, 50, 51]);
  expect(Array.from(b.rowOfTarget_P, (row) => b.tokenIds_T[row])).toEqual([11, 20, 30, 30, 50]);
});

test('positions count along the path, not along the layout', () => {
  expect(Array.from(packTrees([tree]).positions_T)).toEqual([0, 1, 2, 3, 4, 5, 5, 6]);
});

test('paths longer than a tile are cut without changing what is seen', () => {
  const long = Int32Array.from({ length: 100 }, (_, i) => i);
  const seen = seenBy([{ segments: [{ parent: null, tokens: long, train: false }] }]);
  expect(seen.map((s) => s.length)).toEqual(Array.from(long, (i) => i + 1));
});

test.each([
  ['a trained root', [{ parent: null, tokens: ids(1), train: true }], /root/],
  ['a parent that comes later', [{ parent: 1, tokens: ids(1), train: false }], /parents come before/],
  ['no tokens', [], /at least one token/],
])('%s is refused', (_, segments, message) => {
  expect(() => packTrees([{ segments }])).toThrow(message);
  expect(() => packTrees([{ segments }])).toThrow(PackingError);
});

test('tiles with few keys and tiles with many are apart, and each token is in one group', () => {
  const branch = (length: number) => ({ parent: 0, tokens: new Int32Array(length), train: true });
  const root = { parent: null, tokens: new Int32Array(40), train: false };
  const { tokens, tileGroups } = packTrees([{ segments: [root, branch(400), branch(10), branch(10), branch(10)] }]);
  const [few, many] = tileGroups;
  expect(few.keyLength).toBeLessThan(many.keyLength);
  expect(many.keyLength).toBe(440);
  const own = ({ tokenOfQuery_NL }: TileGroup) => Array.from(tokenOfQuery_NL).filter((token) => token < tokens);
  expect([...own(few), ...own(many)].sort((a, b) => a - b)).toEqual(Array.from({ length: tokens }, (_, t) => t));
});

test('a batch of one token has a group of padding', () => {
  const [few, many] = packTrees([{ segments: [{ parent: null, tokens: ids(7), train: false }] }]).tileGroups;
  expect([few.tiles, few.queryLength, few.keyLength]).toEqual([1, 1, 1]);
  expect([...few.tokenOfQuery_NL, ...few.queryOfToken_T]).toEqual([1, 1]);
  expect([...many.tokenOfQuery_NL, ...many.queryOfToken_T]).toEqual([0, 0]);
});
