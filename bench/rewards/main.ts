/** Prints how many responses each reward that only reads text scores in a second, on the answers of the golden set. Not a test: it fails nothing. */
import { readFileSync } from 'node:fs';
import { createReward } from '../../src/rewards/create-reward.js';
import { resolveReward, type RewardSpecInput } from '../../src/spec/rewards/index.js';

const SECONDS = 2;
const FILE = 'test/golden/rewards.jsonl';

const items = readFileSync(FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { response: string; target: string | string[] })
  .map(({ response, target }) => ({
    response: [{ kind: 'text' as const, text: response, tool: null }],
    reference: target,
  }));

const rewards: readonly RewardSpecInput[] = [
  { type: 'arpo' },
  { type: 'arpo', fidelity: 'reference' },
  { type: 'exact_match' },
  { type: 'f1' },
  { type: 'contains' },
  { type: 'math', comparison: 'strings' },
  { type: 'paper_metric' },
  { type: 'tool_use' },
  { type: 'length_penalty', max: 1000 },
  { type: 'sum', terms: [{ reward: { type: 'f1' } }, { reward: { type: 'tool_use' }, weight: 0.1 }] },
];

console.log(`Scores per second of ${items.length} responses from ${FILE}, one thread, ${SECONDS} s each`);
for (const spec of rewards) {
  const reward = createReward(resolveReward(spec), { pythonThreads: 1 });
  const { signal } = new AbortController();
  await reward.score(items, signal);
  let scored = 0;
  const start = performance.now();
  while (performance.now() - start < SECONDS * 1000) scored += (await reward.score(items, signal)).length;
  const perSecond = scored / ((performance.now() - start) / 1000);
  await reward.close();
  const { type, ...options } = spec;
  const shown = 'terms' in options ? 'f1 + tool_use' : Object.values(options).map(String).join(' ');
  console.log(`${`${type} ${shown}`.padEnd(28)}${Math.round(perSecond).toLocaleString('en').padStart(10)}`);
}
