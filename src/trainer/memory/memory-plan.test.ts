import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrainJob } from '../../protocol/messages.js';
import { resolveRunSpec, type RunSpecInput } from '../../spec/run-spec.js';
import { planMemory, refuseWhatDoesNotFit } from './memory-plan.js';

/** SmolLM2-135M: only its sizes count here. */
const smollm2 = {
  model_type: 'llama',
  vocab_size: 49152,
  hidden_size: 576,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  head_dim: 64,
  intermediate_size: 1536,
  rms_norm_eps: 1e-5,
  rope_theta: 100000,
  tie_word_embeddings: true,
  max_position_embeddings: 8192,
  hidden_act: 'silu',
  eos_token_id: 2,
};
const GIB = 2 ** 30;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-plan-'));
  await writeFile(join(folder, 'config.json'), JSON.stringify(smollm2));
});
afterAll(() => rm(folder, { recursive: true }));

function job(input: Partial<RunSpecInput>, memory = 8 * GIB): TrainJob {
  const spec = resolveRunSpec({ model: 'mdl_1', dataset: 'ds_1', ...input });
  return { spec, model_directory: folder, reference_directory: null, memory_bytes: memory } as TrainJob;
}

test('a model of 135 million parameters trains in 8 GiB, by demonstrations and by ARPO', async () => {
  const specs: Partial<RunSpecInput>[] = [
    { method: 'sft' },
    { method: 'arpo', rollout: { group_size: 8, max_response_tokens: 256 } },
  ];
  for (const spec of specs) {
    const plan = await planMemory(job(spec), 0);
    expect(() => refuseWhatDoesNotFit(plan, job(spec).spec)).not.toThrow();
    expect(plan.weights).toBe(4 * 134_515_008);
    expect(plan.optimizer).toBe(2 * plan.weights);
    expect(plan.pass).toBeLessThan(plan.passes.bytes);
    expect(plan.passes.tokens).toBeLessThan(16_384);
  }
});

test('an adapter needs neither moments nor gradients of the weights, and its reference shares them', async () => {
  const training = { adapter: { type: 'lora' as const, rank: 8 }, kl_coefficient: 0.1 };
  const adapter = await planMemory(job({ method: 'arpo', training }), 0);
  const full = await planMemory(job({ method: 'arpo', training: { kl_coefficient: 0.1 } }), 0);
  expect(full.weights).toBe(2 * 4 * 134_515_008);
  expect(adapter.weights).toBeLessThan(1.05 * 4 * 134_515_008);
  expect(adapter.optimizer + adapter.gradients).toBeLessThan(0.1 * full.optimizer);
  const lasting = ({ weights, gradients, optimizer }: typeof full) => weights + gradients + optimizer;
  expect(lasting(adapter)).toBeLessThan(lasting(full) - 2 * GIB);
});

test('what cannot fit is refused with both numbers and the fields to lower', async () => {
  const large = job({ method: 'arpo', rollout: { group_size: 16, max_response_tokens: 4096 } }, 6 * GIB);
  const plan = await planMemory(large, 0);
  expect(() => refuseWhatDoesNotFit(plan, large.spec)).toThrow(
    /^The run needs about \d\d\.\d GiB of memory, this worker has 6\.0 GiB: train an adapter \(training\.adapter\), lower training\.max_batch_tokens or rollout\.group_size and rollout\.max_response_tokens, or take a smaller model$/,
  );
});

test('prompts count as they are: in the cache, in what decoding takes and in how batches are cut', async () => {
  const spec = { method: 'arpo' as const, rollout: { group_size: 4, max_response_tokens: 256 } };
  const [none, long] = [await planMemory(job(spec), 0), await planMemory(job(spec), 2000)];
  for (const part of ['cache', 'runtime'] as const) expect(long[part]).toBeGreaterThan(none[part]);
  expect(long.passes.tokens).not.toBe(none.passes.tokens);
});

test('a group is always written at once, whatever its cache takes', async () => {
  const spec = {
    method: 'arpo' as const,
    rollout: { group_size: 64, max_response_tokens: 1024 },
    training: { prompts_per_step: 1 },
  };
  expect((await planMemory(job(spec, 64 * GIB), 0)).cache).toBe(64 * 1024 * 2 * 30 * 3 * 64 * 4);
});

test('a reference model of its own is counted, and leaves less for passes', async () => {
  const spec = (kl_coefficient: number) => job({ method: 'arpo', training: { kl_coefficient } }, 12 * GIB);
  const [alone, held] = [await planMemory(spec(0), 0), await planMemory(spec(0.1), 0)];
  expect(held.weights).toBe(2 * alone.weights);
  expect(held.passes.bytes).toBeLessThan(alone.passes.bytes);
});
