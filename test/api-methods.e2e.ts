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
test('the reference preset runs as the released code does, quirks included, and every choice is in the spec', async () => {
  // Of each answer two silent programs; one call is allowed.
  const rows = Array.from({ length: 20 }, (_, i) => ({
    messages: [
      { role: 'user', content: `${i} + ${i}` },
      { role: 'assistant', content: `<python>x = ${i}</python>` },
      { role: 'tool', content: 'Tool(python) returned empty output.' },
      { role: 'assistant', content: `<python>y = ${i}</python>` },
    ],
  }));
  const silent = await runToEnd({
    method: 'sft',
    model: service.model,
    dataset: await service.upload('sft', rows),
    training: { steps: 80, batch_size: 8, max_length: 96, pack: false, dataset_epochs: null },
    optimizer: { learning_rate: 0.005, warmup_steps: 0 },
  });
  const run = await runToEnd({
    ...service.arpo({ evaluation: undefined, reward: undefined }),
    model: await checkpointOf(silent.id),
    rollout: {
      preset: 'reference',
      group_size: 4,
      max_prompt_tokens: 96,
      max_response_tokens: 120,
      tool_call_limit: 1,
    },
    training: { steps: 2, prompts_per_step: 2 },
  } as RunSpec);
  expect(run.spec).toMatchObject({
    reward: { type: 'arpo', fidelity: 'reference' },
    rollout: {
      branching: 'lock_step',
      entropy: 'top_k',
      baseline: 'first_recorded_in_slot',
      at_call_limit: 'append_end',
    },
    training: { mini_batch_prompts: 1 },
  });
  const { data } = (await service.tenant.get(`/v1/runs/${run.id}/trees`)).body as {
    data: { id: string; step: number }[];
  };
  expect(data).toHaveLength(4);
  const segments: Schemas['Segment'][] = [];
  for (const { id, step } of data) {
    const tree = (await service.tenant.get(`/v1/trees/${id}`)).body as Schemas['Tree'];
    segments.push(...tree.segments);
    const deltas = tree.segments.flatMap(({ delta_entropy }) => delta_entropy ?? []);
    // A first call is compared with itself in the first step, and with that of the first step from then on.
    if (step === 1) expect(deltas.every((delta) => delta === 0)).toBe(true);
  }
  const results = segments.filter(({ kind }) => kind === 'tool');
  expect(results.length).toBeGreaterThan(0);
  for (const { text, tool } of results) {
    if (tool?.outcome === 'ok') expect(text).toBe(' <result>\nTool(python) returned empty output.\n</result>');
    else expect(text).toMatch(/^ <result>\n/);
  }
  const trajectories = (await service.tenant.get(`/v1/runs/${run.id}/trajectories?limit=100`)).body.data as {
    finish_reason: string;
  }[];
  expect(trajectories).toHaveLength(16);
  expect(trajectories.map(({ finish_reason }) => finish_reason)).toContain('tool_call_limit');
});

const methods = METHODS.filter(({ family }) => family === 'policy').map(({ name }) => name);

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

test('questions that all of a group have solved are asked again less often', async () => {
  const questions = Array.from({ length: 12 }, (_, i) => ({ question: `${i} + ${i}`, answer: String(2 * i) }));
  const run = await runToEnd({
    method: 'grpo',
    model: coldStart,
    dataset: await service.upload('rl', questions),
    rollout: { group_size: 2, max_response_tokens: 20 },
    // Whatever is answered counts as solved, and is asked in every second pass.
    training: { steps: 3, prompts_per_step: 8, pools: { solved: 0.5, solved_reward: -1, too_hard_reward: -2 } },
  });
  const { data } = (await service.tenant.get(`/v1/runs/${run.id}/metrics`)).body as {
    data: { metrics: Record<string, number> }[];
  };
  const [first, , last] = data.map(({ metrics }) => metrics);
  expect(first).toMatchObject({ 'pools/solved': 8, 'pools/too_hard': 0, 'pools/skipped': 0 });
  expect(last!['pools/solved']).toBe(12);
  expect(data.map(({ metrics }) => metrics['pools/skipped']!).some((skipped) => skipped > 0)).toBe(true);
});

test('dpo learns to prefer what it is shown as the better answer, and says so in its metrics', async () => {
  const rows = Array.from({ length: 16 }, (_, i) => ({
    prompt: `${i} + ${i}`,
    chosen: `<answer>\\boxed{${2 * i}}</answer>`,
    rejected: [{ role: 'assistant', content: `<answer>\\boxed{${2 * i + 1}}</answer>` }],
  }));
  const spec = {
    method: 'dpo',
    model: coldStart,
    dataset: await service.upload('preference', rows),
    training: { steps: 30, batch_size: 8, max_length: 64, dataset_epochs: null, beta: 0.5, rpo_alpha: 0 },
    optimizer: { learning_rate: 0.003, warmup_steps: 0 },
  } satisfies RunSpec;
  const preview = await service.tenant.bough.previewRun(spec);
  expect(preview).toMatchObject({ status: 'ready', tokens: { examples: 16, steps: 30 }, warnings: [] });
  const run = await runToEnd(spec);
  const { data } = (await service.tenant.get(`/v1/runs/${run.id}/metrics`)).body as {
    data: { metrics: Record<string, number> }[];
  };
  expect(data).toHaveLength(30);
  const [first, last] = [data[0]!.metrics, data.at(-1)!.metrics];
  // Of the starting policy against itself.
  expect(first).toMatchObject({ 'dpo/accuracy': 0, 'dpo/margin': 0 });
  expect(first['policy/loss']).toBeCloseTo(Math.LN2, 5);
  expect(last['dpo/accuracy']).toBeGreaterThan(0.8);
  expect(last['dpo/margin']).toBeGreaterThan(0);
  expect(last['dpo/loss']).toBeLessThan(Math.LN2);
  expect(last['dpo/chosen_reward']! - last['dpo/rejected_reward']!).toBeCloseTo(last['dpo/margin']!, 4);
  expect(await weightsOf(await checkpointOf(run.id))).not.toBe(await weightsOf(coldStart));
});
