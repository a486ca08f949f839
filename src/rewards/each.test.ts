import { expect, test } from 'vitest';
import { resolveReward, type RewardSpecInput } from '../spec/rewards/index.js';
import { createReward } from './create-reward.js';
import { scoreEach } from './each.js';
import type { RewardItem } from './reward.js';

const never = new AbortController().signal;
const said = (text: string) => [{ kind: 'text' as const, text, tool: null }];
const wordsFrom = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) => (first + i).toString(36)).join(' ');

test('scores that take long leave the event loop its turns', async () => {
  const busy = (): void => {
    const end = performance.now() + 30;
    while (performance.now() < end);
  };
  const reward = scoreEach(() => {
    busy();
    return { reward: 1, parts: {}, flags: [], answer: null, formatValid: true };
  });
  const item: RewardItem = { response: [], reference: 'x' };
  let turns = 0;
  const others = setInterval(() => (turns += 1), 1);
  await reward.score(
    Array.from({ length: 16 }, () => item),
    never,
  );
  clearInterval(others);
  expect(turns).toBeGreaterThan(8);
});

// Such as a client may send to POST /v1/graders/run: whatever takes the product of two lengths takes minutes here, in which nobody else is answered.
const many = Array.from({ length: 1000 }, (_, i) => `other${i}`);
test.each<[string, RewardSpecInput, RewardItem]>([
  [
    'words in common',
    { type: 'paper_metric', metric: 'f1', task: 'qa' },
    { response: said(wordsFrom(0, 150_000)), reference: wordsFrom(150_000, 150_000) },
  ],
  [
    'a list in brackets',
    { type: 'paper_metric', metric: 'f1', task: 'qa' },
    { response: said('a'), reference: `[a${']'.repeat(500_000)}a` },
  ],
  [
    'many references, f1',
    { type: 'f1' },
    { response: said(`<answer>${wordsFrom(0, 150_000)}</answer>`), reference: many },
  ],
  [
    'many references, contains',
    { type: 'contains' },
    { response: said(`<answer>${wordsFrom(10 ** 9, 100_000)}</answer>`), reference: many },
  ],
  [
    'many references, paper',
    { type: 'paper_metric', metric: 'math_equal', task: 'math' },
    { response: said(`<answer>${String.raw`\frac1`.repeat(100_000)}</answer>`), reference: many },
  ],
])(
  '%s: the longest texts take seconds',
  async (_, spec, item) => {
    const reward = createReward(resolveReward(spec), { pythonThreads: 1 });
    expect(await reward.score([item], never)).toMatchObject([{ kind: 'scored', reward: 0 }]);
  },
  20_000,
);
