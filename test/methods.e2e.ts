/** The study of methods, at the smallest size, with the real trainer. How runs go on that were interrupted is in tool-calls.e2e.ts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Results } from '../bench/methods/results.js';
import { study } from '../bench/methods/study.js';
import type { TrainingName } from '../bench/methods/trainings.js';
import { smallTask } from './support/small-study.js';
import { WholeService } from './support/whole-service.js';

let service: WholeService;

beforeAll(async () => {
  service = await WholeService.open();
});
afterAll(() => service.close());

async function play(names: readonly TrainingName[]): Promise<Omit<Results, 'machine'>> {
  const screen = { say: () => {}, live: () => {} };
  const client = { bough: service.tenant.bough, screen, signal: new AbortController().signal };
  let last: Omit<Results, 'machine'> | undefined;
  await study(client, { task: smallTask, names, commit: 'abc' }, (found) => {
    last = structuredClone(found);
    return Promise.resolve();
  });
  return last!;
}

test('a method that samples and one that takes pairs train from one cold start, and are found again', async () => {
  const { cold_start: start, trainings } = await play(['rloo', 'dpo']);
  expect(trainings.rloo).toMatchObject({
    commit: 'abc',
    spec: { method: 'rloo', model: start.checkpoint, training: { steps: 20 } },
  });
  expect(trainings.rloo!.sampled_tokens).toBeGreaterThan(0);
  expect(trainings.dpo).toMatchObject({ tool_calls: 0, sampled_tokens: 0, spec: { model: start.checkpoint } });
  expect(trainings.dpo!.trained_tokens).toBeGreaterThan(0);
  expect(await play(['rloo', 'dpo'])).toEqual({ cold_start: start, trainings });
});
