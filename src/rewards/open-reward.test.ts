import { afterEach, beforeEach, expect, test } from 'vitest';
import { JudgeServer } from '../../test/support/judge-server.js';
import { said } from '../../test/support/responses.js';
import { AddressGuard } from '../outgoing/address-guard.js';
import { resolveReward, type RewardSpecInput } from '../spec/rewards/index.js';
import { judgeEndpoint, openReward } from './open-reward.js';

let server: JudgeServer;
beforeEach(async () => {
  server = await JudgeServer.open();
});
afterEach(() => server.close());

/** Allows no private network. */
const guard = new AddressGuard();
const item = { response: said('Lima'), reference: 'Lima' };

async function open(spec: RewardSpecInput, judgeBaseUrl?: string) {
  const judge = judgeEndpoint({ judgeBaseUrl, judgeApiKey: 'sk-operator' }, guard);
  const secretValue = async (name: string) => `value of ${name}`;
  return openReward(resolveReward(spec), { pythonThreads: 1, guard, judge, secretValue, job: 'run_1', keptOf: null });
}

test('a judge that names no endpoint asks the operator’s, wherever it lies, with the operator’s key or its own', async () => {
  for (const secret of [null, 'mine']) {
    const reward = await open({ type: 'judge', model: 'any', secret }, server.baseUrl);
    expect(await reward.score([item], new AbortController().signal)).toMatchObject([{ kind: 'scored', reward: 1 }]);
  }
  expect(server.heard.map(({ headers }) => headers['authorization'])).toEqual([
    'Bearer sk-operator',
    'Bearer value of mine',
  ]);
});

test('an address that is not permitted, and an endpoint that there is none of, are refused before anything is scored', async () => {
  await expect(open({ type: 'judge', model: 'any', base_url: server.baseUrl }, server.baseUrl)).rejects.toThrow(
    'The reward judge is not usable: 127.0.0.1 is not a public address',
  );
  const terms = [{ reward: { type: 'http', url: 'http://192.168.0.1/' } as const }];
  await expect(open({ type: 'sum', terms })).rejects.toThrow('The reward http is not usable: 192.168.0.1 is not');
  await expect(open({ type: 'judge', model: 'any' })).rejects.toThrow(/names no endpoint.*JUDGE_BASE_URL/);
  expect(server.heard).toEqual([]);
});
