/** Every method that the contract offers, over HTTP with the real trainer: from one cold start, two steps each. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSpec, Schemas } from '../openapi/client.js';
import { METHODS } from '../src/spec/methods/index.js';
import { WholeService } from './support/whole-service.js';

let service: WholeService;
let coldStart: string;

beforeAll(async () => {
  service = await WholeService.open();
  // Learnt half, so that samples differ in what they earn.
  const rows = Array.from({ length: 20 }, (_, i) => ({
    messages: [
      { role: 'user', content: `${i} + ${i}` },
      { role: 'assistant', content: `<answer>\\boxed{${2 * i}}</answer>` },
    ],
  }));
  const run = await runToEnd({
    method: 'sft',
    model: service.model,
    dataset: await service.upload('sft', rows),
    training: { steps: 60, batch_size: 8, max_length: 64, pack: false, dataset_epochs: null },
    optimizer: { learning_rate: 0.005, warmup_steps: 0 },
  });
  coldStart = await checkpointOf(run.id);
});
afterAll(() => service.close());

async function runToEnd(spec: RunSpec): Promise<Schemas['Run']> {
  const { status, body } = await service.tenant.post('/v1/runs', spec);
  expect([status, body.error]).toEqual([201, null]);
  const run = await service.tenant.bough.waitForRun(body.id);
  expect([run.status, run.error]).toEqual(['succeeded', null]);
  return run;
}

const checkpointOf = async (runId: string): Promise<string> =>
  (await service.tenant.get(`/v1/runs/${runId}/checkpoints`)).body.data[0].id;

const weightsOf = async (checkpoint: string): Promise<string> => {
  const { body } = await service.tenant.get(`/v1/checkpoints/${checkpoint}`);
  return body.files.find(({ name }: { name: string }) => name === 'model.safetensors').sha256;
};

const forks = new Set<string>(['arpo', 'aepo']);
const methods = METHODS.filter((row) => row.built && row.family === 'policy').map(({ name }) => name);

test.each(methods)('%s learns from what it samples, and says so in its metrics', async (method) => {
  const run = await runToEnd({
    ...service.arpo({ evaluation: undefined }),
    method,
    model: coldStart,
    rollout: { group_size: 6, max_response_tokens: 40, ...(forks.has(method) && { probe_tokens: 4 }) },
    // Two updates in a step, so that the second has a ratio to the policy that sampled.
    training: { steps: 2, prompts_per_step: 8, mini_batch_prompts: 4 },
    optimizer: { learning_rate: 0.001, warmup_steps: 0 },
  } as RunSpec);
  const { data } = (await service.tenant.get(`/v1/runs/${run.id}/metrics`)).body as {
    data: { metrics: Record<string, number> }[];
  };
  expect(data).toHaveLength(2);
  for (const { metrics } of data) {
    for (const name of ['reward/mean', 'policy/loss', 'policy/pg_loss', 'policy/entropy']) {
      expect(metrics[name], name).toSatisfy(Number.isFinite);
    }
    expect(metrics['optimizer/grad_norm']).toBeGreaterThan(0);
  }
  expect(await weightsOf(await checkpointOf(run.id))).not.toBe(await weightsOf(coldStart));
});
