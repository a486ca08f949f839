import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTrainer, scored } from '../../../test/support/trainer-peer.js';
import type { Message, PreviewJob, TrainJob } from '../../protocol/messages.js';
import { evaluationOf, isSupervised, resolveRunSpec, type RunSpecInput, toolsOf } from '../../spec/run-spec.js';
import type { PreviewResult } from '../../spec/preview.js';
import { definitionsOf } from '../../../test/support/calls.js';

const THINGS = ['sky', 'grass', 'night', 'rose'] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-preview-'));
  await writeLines('prompts', 4, (thing) => [user(thing)]);
  await writeLines('demonstrations', 24, (thing) => [user(thing), { role: 'assistant', content: `<answer> ${thing}` }]);
  await writeFile(join(folder, 'texts'), THINGS.map((thing) => JSON.stringify(`What colour is ${thing}?`)).join('\n'));
  const told = await runTrainer({
    kind: 'create_model',
    model_id: 'mdl_1',
    architecture: { layers: 2, hidden_size: 32, heads: 4, ffn_size: 64 },
    tokenizer: { texts: [join(folder, 'texts')], vocab_size: 300, added_tokens: ['<search>', '</search>'] },
    seed: 1,
    output_directory: join(folder, 'model'),
    threads: 1,
  });
  expect(told.done.cancelled).toBe(false);
});
afterAll(() => rm(folder, { recursive: true }));

const user = (thing: string): Message => ({ role: 'user', content: `What colour is ${thing}?` });

async function writeLines(name: string, count: number, messages: (thing: string) => Message[]): Promise<void> {
  const line = (_: unknown, index: number) =>
    JSON.stringify({ index, messages: messages(THINGS[index % THINGS.length]!) });
  await writeFile(join(folder, name), Array.from({ length: count }, line).join('\n'));
}

function job(input: Partial<RunSpecInput>, rest: Partial<TrainJob> = {}): PreviewJob {
  const spec = resolveRunSpec({ model: 'mdl_1', dataset: 'ds_1', seed: 5, ...input });
  const run: TrainJob = {
    kind: 'train',
    run_id: 'prv_1',
    attempt: 0,
    spec,
    model_directory: join(folder, 'model'),
    reference_directory: null,
    examples: join(folder, isSupervised(spec) ? 'demonstrations' : 'prompts'),
    evaluation_examples: evaluationOf(spec) ? [join(folder, 'prompts')] : [],
    output_directory: join(folder, 'checkpoints'),
    tools: definitionsOf(toolsOf(spec)),
    call_limits: {},
    resume: null,
    usage: { tool_calls: 0, sampled_tokens: 0, wall_time_s: 0 },
    provider: 'cpu',
    threads: 1,
    provenance: {
      model: 'tiny',
      base_model: null,
      dataset: { name: 'colours', sha256: 'ab'.repeat(32) },
      service_version: '0.1.0',
    },
    ...rest,
  };
  return { kind: 'preview', preview_id: 'prv_1', run };
}

/** The parts add up. */
function expectSum({ time }: PreviewResult['estimate']): void {
  const { total_s, longest_s, ...parts } = time;
  expect(Object.values(parts).reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(total_s);
  if (longest_s !== null) expect(longest_s).toBeGreaterThanOrEqual(0.9 * total_s);
}

test('a supervised run is previewed: its tokens are counted, its steps and its checkpoint timed', async () => {
  const training = { batch_size: 4, max_length: 64, dataset_epochs: 3, pack: false };
  const told = await runTrainer(job({ method: 'sft', training, checkpoint: { every_steps: 5 } }));
  expect(told.done.cancelled).toBe(false);
  expect(told.all('step')).toEqual([]);
  const [{ result } = expect.fail('no preview')] = told.all('preview_result');
  const { prompts, tokens, estimate } = result;
  expect(prompts.map(({ example }) => example)).toEqual([0, 1, 2]);
  expect(prompts[0]!.text).toContain('What colour is sky?');
  expect(tokens).toMatchObject({ examples: 24, counted: 24, steps: 18 });
  expect(tokens.example!.min).toBeGreaterThan(tokens.prompt.min);
  expect(tokens.tokens_per_step).toBeCloseTo(4 * tokens.example!.mean);
  expectSum(estimate);
  expect(estimate.time).toMatchObject({ sample_s: 0, tools_s: 0, score_s: 0, evaluate_s: 0, longest_s: null });
  expect(estimate.time.update_s).toBeGreaterThan(0);
  expect(estimate.time.checkpoint_s).toBeGreaterThan(0);
  const { weights_bytes, gradients_bytes, optimizer_bytes, peak_bytes, available_bytes } = estimate.memory;
  expect([gradients_bytes, optimizer_bytes]).toEqual([2 * weights_bytes, 2 * weights_bytes]);
  expect(peak_bytes).toBeGreaterThan(weights_bytes);
  expect(available_bytes).toBeGreaterThan(peak_bytes);
});

const policy = (extra: object = {}): Partial<RunSpecInput> => ({
  method: 'arpo',
  tools: [{ type: 'search', corpus: 'ds_2' }],
  reward: { type: 'exact_match' },
  rollout: { group_size: 4, initial: 2, probe_tokens: 4, max_response_tokens: 24 },
  training: { steps: 10, prompts_per_step: 3 },
  checkpoint: { every_steps: 4 },
  evaluation: { dataset: 'ds_1', every_steps: 5 },
  ...extra,
});

test('a policy run is previewed with its tools and rewards, held-out questions and a checkpoint', async () => {
  let calls = 0;
  let scores = 0;
  const told = await runTrainer(job(policy()), {
    callTool: () => {
      calls += 1;
      return { outcome: 'ok', text: 'blue' };
    },
    score: () => scored(scores++ % 2),
  });
  expect(told.done.cancelled).toBe(false);
  const [{ result } = expect.fail('no preview')] = told.all('preview_result');
  const { tokens, estimate } = result;
  expect(tokens).toMatchObject({ examples: 4, steps: 10, example: null, tokens_per_step: null });
  expect(estimate.measured).toMatchObject({ steps: 4, prompts: 12, trajectories: 48, groups_learnt: 1, evaluated: 4 });
  expect(estimate.measured.response_tokens!.max).toBeLessThanOrEqual(24);
  expect(calls).toBeGreaterThanOrEqual(estimate.measured.tool_calls);
  expectSum(estimate);
  for (const part of ['sample_s', 'update_s', 'evaluate_s', 'checkpoint_s'] as const) {
    expect([part, estimate.time[part] > 0]).toEqual([part, true]);
  }
});

test('an update is measured although all rewards are equal, and counts for nothing then', async () => {
  const told = await runTrainer(job(policy({ evaluation: undefined })), { score: () => scored(0) });
  const [{ result } = expect.fail('no preview')] = told.all('preview_result');
  const { measured, time } = result.estimate;
  expect(measured).toMatchObject({ groups_learnt: 0, evaluated: 0 });
  expect(measured.trained_tokens).toBeGreaterThan(0);
  expect(time).toMatchObject({ update_s: 0, evaluate_s: 0 });
  expect(time.longest_s).toBeGreaterThan(time.total_s);
});

test('nothing is learnt: the checkpoint of a preview has the weights of its model', async () => {
  const told = await runTrainer(job({ method: 'sft', training: { steps: 2, batch_size: 2, max_length: 64 } }));
  const [{ directory } = expect.fail('no checkpoint')] = told.all('checkpoint');
  const { readSafetensors } = await import('../../engine/io/safetensors.js');
  const [before, after] = await Promise.all(
    [join(folder, 'model'), directory].map((path) => readSafetensors(join(path, 'model.safetensors'))),
  );
  expect(after).toEqual(before);
});

test('a run that cannot fit is refused with the numbers before its weights are read, previewed or not', async () => {
  const bare = join(folder, 'without-weights');
  await cp(join(folder, 'model'), bare, { recursive: true, filter: (source) => !source.endsWith('.safetensors') });
  const { run } = job(policy(), { memory_bytes: 200_000, model_directory: bare });
  for (const refused of [run, { kind: 'preview' as const, preview_id: 'prv_1', run }]) {
    const told = await runTrainer(refused);
    expect(told.messages.at(-1)?.message).toMatchObject({
      type: 'failed',
      code: 'insufficient_memory',
      message: expect.stringMatching(
        /^The run needs about 3\d\d\.\d MiB of memory, this worker has 0\.2 MiB: train an adapter \(training\.adapter\), lower training\.max_batch_tokens/,
      ) as string,
    });
  }
});
