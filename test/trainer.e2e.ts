/** A tiny model is made, learns from demonstrations, and learns by ARPO with tools, through the protocol; nothing else of the service runs. */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CreateModelJob, EvaluateJob, Message, TrainingExample, TrainJob } from '../src/protocol/messages.js';
import { readModelDirectory } from '../src/engine/io/model-directory.js';
import { readSafetensors } from '../src/engine/io/safetensors.js';
import { adapterShapes } from '../src/engine/models/adapter.js';
import { cpuDevice, packTrees, Policy, ppoClip, Tokenizer } from '../src/engine/index.js';
import { uniform } from '../src/engine/random.js';
import { METHODS } from '../src/spec/methods/index.js';
import { isSupervised, resolveRunSpec, type RunSpecInput, toolsOf } from '../src/spec/run-spec.js';
import { ADAPTER_TARGETS } from '../src/spec/run/adapter.js';
import { resolveEvaluationSpec } from '../src/spec/evaluation-spec.js';
import { replayPolicyRun, replaySupervisedRun } from './support/replay.js';
import { runTrainer, scored, type PeerAnswers, type Told } from './support/trainer-peer.js';
import { definitionsOf } from './support/calls.js';
import { hermesTemplate } from './support/chat-templates.js';
import { Renderer } from '../src/trainer/model/render.js';
import { textTool, type Tool } from '../src/tools/tool.js';
import { ToolSet } from '../src/worker/inputs/tool-set.js';

const colours = ['red', 'blue', 'green', 'black'] as const;
const things = ['sky', 'grass', 'night', 'rose'] as const;
const colourOf: Record<string, string> = { sky: 'blue', grass: 'green', night: 'black', rose: 'red' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-trainer-'));
  await writeLines('demonstrations', demonstrations());
  await writeLines(
    'prompts',
    things.map((thing) => [user(thing)]),
  );
  await writeFile(
    join(folder, 'texts'),
    demonstrations()
      .flat()
      .map(({ content }) => JSON.stringify(content))
      .join('\n'),
  );
  const told = await runTrainer(createModel('model', 400));
  expect(told.done.cancelled).toBe(false);
});
afterAll(() => rm(folder, { recursive: true }));

const createModel = (name: string, vocab_size: number): CreateModelJob => ({
  kind: 'create_model',
  model_id: 'mdl_1',
  architecture: { layers: 2, hidden_size: 32, heads: 4, ffn_size: 64 },
  tokenizer: {
    texts: [join(folder, 'texts')],
    vocab_size,
    added_tokens: ['<search>', '</search>', '<result>', '</result>', '<answer>', '</answer>'],
  },
  seed: 1,
  output_directory: join(folder, name),
  threads: 1,
});

const user = (thing: string): Message => ({ role: 'user', content: `What colour is ${thing}?` });

/** Half of them look the thing up and answer what was found; the others guess. */
function demonstrations(): Message[][] {
  return Array.from({ length: 64 }, (_, i) => {
    const thing = things[i % things.length]!;
    const found = colours[(i * 7 + (i >> 2)) % colours.length]!;
    const answer: Message = { role: 'assistant', content: `<answer> ${found}</answer>` };
    if (i % 8 < 4) return [user(thing), answer];
    return [
      user(thing),
      { role: 'assistant', content: `<search> ${thing}</search>` },
      { role: 'tool', content: ` ${found}` },
      answer,
    ];
  });
}

async function writeLines(name: string, conversations: readonly Message[][]): Promise<void> {
  const lines = conversations.map((messages, index) => JSON.stringify({ index, messages }));
  await writeFile(join(folder, name), lines.join('\n'));
}

function trainJob(name: string, input: Partial<RunSpecInput>, rest: Partial<TrainJob> = {}): TrainJob {
  const spec = resolveRunSpec({ model: 'mdl_1', dataset: 'ds_1', seed: 5, ...input });
  return {
    kind: 'train',
    run_id: 'run_1',
    attempt: 1,
    spec,
    model_directory: join(folder, 'model'),
    reference_directory: null,
    examples: join(folder, isSupervised(spec) ? 'demonstrations' : 'prompts'),
    evaluation_examples: [],
    output_directory: join(folder, name),
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
}

/** Hashes of all files of a checkpoint. */
async function digest(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(directory, join(parentPath, name)))
    .sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [
        name,
        createHash('sha256')
          .update(await readFile(join(directory, name)))
          .digest('hex'),
      ]),
    ),
  );
}

const metric = (told: Told, name: string) => told.all('step').map(({ metrics }) => metrics[name]);

const sft = (extra: object = {}): Partial<RunSpecInput> => ({
  method: 'sft',
  optimizer: { learning_rate: 3e-3, schedule: 'constant' },
  training: { steps: 60, batch_size: 4, max_length: 64 },
  checkpoint: { every_steps: 30 },
  ...extra,
});

describe('a supervised run', () => {
  test('learns, and ends with the same weights again and from a checkpoint', async () => {
    const first = await runTrainer(trainJob('sft', sft()));
    expect(first.done.cancelled).toBe(false);
    const losses = metric(first, 'policy/loss') as number[];
    expect(losses).toHaveLength(60);
    expect(losses.at(-1)!).toBeLessThan(0.25 * losses[0]!);
    expect(first.all('checkpoint')).toMatchObject([
      { step: 30, final: false },
      { step: 60, final: true },
    ]);

    const updates = first.all('step').flatMap((step) => step.updates);
    expect(updates.map(({ update, loss }) => [update, loss])).toEqual(losses.map((loss, i) => [i + 1, loss]));
    expect(updates[0]).toMatchObject({ epoch: 0, learning_rate: 3e-3, trees: [], segments: [] });
    expect(updates.every(({ examples, loss_denominator }) => examples!.length > 0 && loss_denominator > 0)).toBe(true);

    await runTrainer(trainJob('sft-again', sft()));
    const resume = { step: 30, directory: join(folder, 'sft', 'step-30') };
    const resumed = await runTrainer(trainJob('sft-resumed', sft(), { resume }));
    expect(resumed.all('step').map(({ step }) => step)[0]).toBe(31);
    const expected = await digest(join(folder, 'sft', 'step-60'));
    expect(await digest(join(folder, 'sft-again', 'step-60'))).toEqual(expected);
    expect(await digest(join(folder, 'sft-resumed', 'step-60'))).toEqual(expected);
  });

  test('of an adapter leaves the weights alone, and ends with the same adapter again and from a checkpoint', async () => {
    const spec = () =>
      sft({
        optimizer: { learning_rate: 1e-2, schedule: 'constant' },
        training: { ...(sft().training as object), adapter: { type: 'lora', rank: 4, dropout: 0.1 } },
      });
    const first = await runTrainer(trainJob('lora', spec()));
    const losses = metric(first, 'policy/loss') as number[];
    expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
    const resume = { step: 30, directory: join(folder, 'lora', 'step-30') };
    await runTrainer(trainJob('lora-resumed', spec(), { resume }));
    const expected = await digest(join(folder, 'lora', 'step-60'));
    expect(Object.keys(expected)).toEqual(
      expect.arrayContaining(['adapter/adapter_config.json', 'adapter/adapter_model.safetensors', 'model.safetensors']),
    );
    expect(await digest(join(folder, 'lora-resumed', 'step-60'))).toEqual(expected);

    const weights = async (name: string) => readSafetensors(join(folder, name, 'model.safetensors'));
    const [before, after] = [await weights('model'), await weights(join('lora', 'step-60'))];
    const changed = [...before].filter(([name, { data }]) => data.some((x, i) => x !== after.get(name)!.data[i]));
    expect(changed).toHaveLength(2 * 7);
    expect(changed.every(([name]) => name.endsWith('_proj.weight'))).toBe(true);
    const moments = await readSafetensors(join(folder, 'lora', 'step-60', 'optimizer.safetensors'));
    expect([...moments.keys()].every((name) => name.includes('.lora_'))).toBe(true);
    expect(moments.size).toBe(2 * 2 * 2 * 7);
  });

  test('of several processes is refused by the name of its field', async () => {
    const run = await runTrainer(trainJob('processes', sft({ training: { steps: 2, world_size: 2 } })));
    const last = run.messages.at(-1)!.message;
    expect(last).toMatchObject({ type: 'failed', code: 'spec_unsupported' });
    expect(last).toHaveProperty('message', expect.stringMatching(/^training\.world_size 2 .*TRAINER=ray$/));
  });

  test('refuses rows that are longer than the model, whatever memory they would take', async () => {
    const spec = sft({ training: { steps: 1, max_length: 1_000_000 } });
    const run = await runTrainer({ ...trainJob('sft-long', spec), memory_bytes: 1 });
    const last = run.messages.at(-1)!.message;
    expect(last).toMatchObject({ type: 'failed', code: 'context_exceeded' });
    expect(last).toHaveProperty('message', expect.stringContaining('training.max_length must be at most 4096:'));
  });
});

/** A system message that is not the first one is refused. */
async function strictModel(): Promise<string> {
  const directory = join(folder, 'strict');
  await cp(join(folder, 'model'), directory, { recursive: true });
  const path = join(directory, 'tokenizer_config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as { chat_template: string };
  const refusal =
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No system, please') }}{% endif %}{% endfor %}";
  await writeFile(path, JSON.stringify({ ...config, chat_template: `${refusal}${config.chat_template}` }));
  return directory;
}

describe('examples that cannot be rendered', () => {
  const system: Message = { role: 'system', content: 'Be brief.' };
  const spoilt = (conversations: readonly Message[][], lines: readonly number[]) =>
    conversations.map((messages, line) => (lines.includes(line) ? [system, ...messages] : messages));
  const warnings = (told: Told) => told.all('log').filter(({ level }) => level === 'warn');
  let model: string;
  beforeAll(async () => {
    model = await strictModel();
    await writeLines('spoilt', spoilt(demonstrations().slice(0, 10), [3, 7]));
    await writeLines(
      'hopeless',
      spoilt(
        demonstrations().slice(0, 30),
        Array.from({ length: 30 }, (_, i) => i),
      ),
    );
    await writeLines(
      'spoilt-prompts',
      spoilt(
        things.map((thing) => [user(thing)]),
        [1],
      ),
    );
  });
  const job = (name: string, input: Partial<RunSpecInput>, examples: string) =>
    trainJob(name, input, { model_directory: model, examples: join(folder, examples) });

  test.each([
    ['steps', { steps: 10, dataset_epochs: null }],
    ['epochs', { dataset_epochs: 1 }],
  ])(
    'are named before the first step of a supervised run, which goes on as if they were not there: by %s',
    async (name, counted) => {
      const training = { batch_size: 1, max_length: 64, pack: false, shuffle: false, ...counted };
      const told = await runTrainer(job(`sft-${name}`, sft({ training }), 'spoilt'));
      expect(warnings(told)).toMatchObject([
        {
          message:
            '2 of 10 examples cannot be rendered: example 3: No system, please; example 7: No system, please. The run passes over them',
        },
      ]);
      const kinds = told.messages.map(({ message }) => message.type);
      expect(kinds.indexOf('log')).toBeLessThan(kinds.indexOf('step'));
      const seen = told.all('step').flatMap(({ updates }) => updates.flatMap(({ examples }) => examples));
      const all = [0, 1, 2, 4, 5, 6, 8, 9];
      expect(seen).toEqual(name === 'steps' ? [...all, 0, 1] : all);
    },
  );

  test('end a run of which none is left', async () => {
    const told = await runTrainer(job('sft-hopeless', sft(), 'hopeless'));
    const last = told.messages.at(-1)!.message;
    expect(last).toMatchObject({ type: 'failed', code: 'prompt_not_rendered' });
    expect(last).toHaveProperty(
      'message',
      expect.stringMatching(/^30 of 30 examples cannot be rendered: .*; and 10 more$/),
    );
  });

  test('are passed over by a policy run, and refused in an evaluation', async () => {
    const input = arpo({ training: { steps: 1 } });
    const told = await runTrainer(job('arpo-spoilt', input, 'spoilt-prompts'), answers);
    expect(warnings(told)).toMatchObject([
      { message: expect.stringContaining('1 of 4 examples cannot be rendered: example 1:') },
      // Of one step in which a random model earns nothing.
      { message: expect.stringContaining('Nothing was learnt in the last 1 steps.') },
    ]);
    expect(told.all('tree').map(({ example }) => example)).not.toContain(1);

    const evaluation = { dataset: 'ds_3', every_steps: 1 };
    const measured = {
      ...job('arpo-measured', arpo({ evaluation }), 'prompts'),
      evaluation_examples: [join(folder, 'spoilt-prompts')],
    };
    const last = (await runTrainer(measured, answers)).messages.at(-1)!.message;
    expect(last).toMatchObject({ type: 'failed', code: 'prompt_not_rendered' });
    expect(last).toHaveProperty('message', expect.stringContaining('The evaluation dataset: 1 of 4 examples'));
  });
});

const answers: PeerAnswers = {
  callTool: async ({ input }) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    return { outcome: 'ok', text: ` ${colourOf[input.trim()] ?? 'No search results found.'}` };
  },
  score: ({ example, response }) => {
    const right = colourOf[things[example]!]!;
    return scored(response.endsWith(`<answer> ${right}</answer>`) ? 1 : 0);
  },
};

const arpo = (
  extra: { training?: object; rollout?: object } & Record<string, unknown> = {},
): Partial<RunSpecInput> => ({
  method: 'arpo',
  tools: [{ type: 'search', corpus: 'ds_2' }],
  optimizer: { learning_rate: 1e-3 },
  checkpoint: { every_steps: 4 },
  ...extra,
  rollout: { group_size: 8, initial: 4, probe_tokens: 4, max_response_tokens: 32, ...extra.rollout },
  training: { steps: 8, prompts_per_step: 4, mini_batch_prompts: 2, ...extra.training },
});

/** The supervised model, from which policies start. */
const start = () => ({ model_directory: join(folder, 'sft', 'step-60') });

const policyMethods = METHODS.flatMap((row) => (row.family === 'policy' ? [row.name] : []));

describe('a policy run', () => {
  let told: Told;
  beforeAll(async () => {
    told = await runTrainer(trainJob('arpo', arpo(), start()), answers);
  });

  test('learns to look things up', () => {
    expect(told.done.cancelled).toBe(false);
    const rewards = metric(told, 'reward/mean') as number[];
    expect(rewards).toHaveLength(8);
    expect(rewards.at(-1)!).toBeGreaterThan(rewards[0]! + 0.2);
  });

  test('stores trees of full groups, with the tool calls that were shared', () => {
    const trees = told.all('tree');
    expect(trees).toHaveLength(32);
    for (const { trajectories } of trees) expect(trajectories).toHaveLength(8);
    expect(trees.some(({ segments }) => segments.some(({ forked }) => forked))).toBe(true);
    const [calls, linear] = ['tools/calls', 'tools/calls_linear_equivalent'].map((name) => metric(told, name)[0]!);
    expect(linear).toBeGreaterThan(calls!);
  });

  test('computes the sampling log-probabilities again, but for rounding', () => {
    for (const gap of metric(told, 'policy/sampler_gap')) expect(gap).toBeLessThan(1e-5);
  });

  test('ends with the same weights again, and when it goes on from a checkpoint', async () => {
    const expected = await digest(join(folder, 'arpo', 'step-8'));
    await runTrainer(trainJob('arpo-again', arpo(), start()), answers);
    expect(await digest(join(folder, 'arpo-again', 'step-8'))).toEqual(expected);
    const resume = { step: 4, directory: join(folder, 'arpo', 'step-4') };
    await runTrainer(trainJob('arpo-resumed', arpo(), { ...start(), resume }), answers);
    expect(await digest(join(folder, 'arpo-resumed', 'step-8'))).toEqual(expected);
  });

  test('of the reference preset goes on from a checkpoint with the entropies that it compares with', async () => {
    const spec = () =>
      arpo({ rollout: { preset: 'reference' }, training: { steps: 4 }, checkpoint: { every_steps: 2 } });
    const run = await runTrainer(trainJob('reference', spec(), start()), answers);
    // Of the first results, whose entropies were measured at the start of their trajectories.
    const deltas = (step: number) =>
      run.all('tree').flatMap(({ step: of, segments }) =>
        segments.flatMap(({ parent, delta_entropy: delta }) => {
          const calling = parent === null ? null : segments[parent]!.parent;
          return of === step && delta !== null && calling !== null && segments[calling]!.parent === 0 ? [delta] : [];
        }),
      );
    expect(deltas(1).length).toBeGreaterThan(0);
    expect(deltas(1).every((delta) => delta === 0)).toBe(true);
    expect(deltas(2).some((delta) => delta !== 0)).toBe(true);
    const state = JSON.parse(await readFile(join(folder, 'reference', 'step-2', 'training_state.json'), 'utf8'));
    expect(state.slot_baselines).toHaveLength(4 * 8);
    const resume = { step: 2, directory: join(folder, 'reference', 'step-2') };
    await runTrainer(trainJob('reference-resumed', spec(), { ...start(), resume }), answers);
    const expected = await digest(join(folder, 'reference', 'step-4'));
    expect(await digest(join(folder, 'reference-resumed', 'step-4'))).toEqual(expected);
  });

  test('passes over questions that are solved or too hard, and goes on from a checkpoint with its pools', async () => {
    // What is asked about the first thing is always right, about the second never.
    const score: PeerAnswers['score'] = (item) => (item.example < 2 ? scored(1 - item.example) : answers.score!(item));
    const training = { steps: 4, prompts_per_step: 2, pools: { solved: 0, too_hard: 0 } };
    const spec = () => arpo({ training, checkpoint: { every_steps: 2 } });
    const train = (name: string, rest: object = start()) =>
      runTrainer(trainJob(name, spec(), rest), { ...answers, score });
    const asked = (of: Told, ...steps: number[]) =>
      of
        .all('tree')
        .flatMap(({ step, example }) => (steps.includes(step) ? example : []))
        .sort((a, b) => a - b);
    const run = await train('pools');
    expect(asked(run, 1, 2)).toEqual([0, 1, 2, 3]);
    expect(asked(run, 3)).toEqual([2, 3]);
    const state = JSON.parse(await readFile(join(folder, 'pools', 'step-2', 'training_state.json'), 'utf8'));
    expect(state.pools).toEqual({ solved: [0], too_hard: [1] });
    expect(run.all('step')[1]!.metrics).toMatchObject({ 'pools/solved': 1, 'pools/too_hard': 1, 'pools/skipped': 0 });
    const resumed = await train('pools-resumed', {
      ...start(),
      resume: { step: 2, directory: join(folder, 'pools', 'step-2') },
    });
    expect([asked(resumed, 3), asked(resumed, 4)]).toEqual([asked(run, 3), asked(run, 4)]);
    expect(await digest(join(folder, 'pools-resumed', 'step-4'))).toEqual(
      await digest(join(folder, 'pools', 'step-4')),
    );
  });

  test('of an adapter keeps to the starting policy, and goes on from a checkpoint with the same adapter', async () => {
    const training = {
      steps: 4,
      kl_coefficient: 0.05,
      adapter: { type: 'lora', rank: 4, dropout: 0.2, target_modules: ['q_proj', 'v_proj', 'down_proj'] },
    };
    const spec = () => arpo({ training, checkpoint: { every_steps: 2 } });
    const run = await runTrainer(trainJob('arpo-lora', spec(), start()), answers);
    expect(metric(run, 'policy/kl_to_reference').at(-1)).toBeGreaterThan(0);
    const resume = { step: 2, directory: join(folder, 'arpo-lora', 'step-2') };
    await runTrainer(trainJob('arpo-lora-resumed', spec(), { ...start(), resume }), answers);
    const expected = await digest(join(folder, 'arpo-lora', 'step-4'));
    expect(await digest(join(folder, 'arpo-lora-resumed', 'step-4'))).toEqual(expected);
  });

  test.each(policyMethods)(
    'of %s, with dropout in an adapter, ends with the same weights again, and from a checkpoint',
    async (method) => {
      const training = { steps: 2, mini_batch_prompts: 2, adapter: { type: 'lora', rank: 4, dropout: 0.2 } };
      const rollout = { group_size: 8, probe_tokens: 4, max_response_tokens: 32 };
      const spec = () =>
        ({ ...arpo({ training, checkpoint: { every_steps: 1 } }), method, rollout }) as Partial<RunSpecInput>;
      const run = await runTrainer(trainJob(`${method}-once`, spec(), start()), answers);
      expect(run.all('step').flatMap(({ updates }) => updates).length).toBeGreaterThan(0);
      const expected = await digest(join(folder, `${method}-once`, 'step-2'));
      await runTrainer(trainJob(`${method}-again`, spec(), start()), answers);
      expect(await digest(join(folder, `${method}-again`, 'step-2'))).toEqual(expected);
      const resume = { step: 1, directory: join(folder, `${method}-once`, 'step-1') };
      await runTrainer(trainJob(`${method}-resumed`, spec(), { ...start(), resume }), answers);
      expect(await digest(join(folder, `${method}-resumed`, 'step-2'))).toEqual(expected);
    },
  );

  test('of an adapter with dropout: its first update is computed again from the record, the seed and the starting model', async () => {
    const training = { steps: 1, mini_batch_prompts: 4, adapter: { type: 'lora', rank: 4, dropout: 0.3 } };
    const run = await runTrainer(trainJob('replayed', arpo({ training }), start()), answers);
    const [update] = run.all('step')[0]!.updates;
    const { '1/advantages': advantages, '1/old_logprobs': oldLogprobs } = run.arraysOf('step')[0]!;
    const [pass] = update!.passes;
    expect(update!.passes).toEqual([{ tokens: expect.any(Number), dropout_seed: expect.any(Number) }]);

    // As docs/replay.md has it.
    const { config, parameters } = await readModelDirectory(start().model_directory);
    const adapter = { rank: 4, alpha: 8, dropout: 0.3, targetModules: [...ADAPTER_TARGETS] };
    const matrices = [...adapterShapes(config, adapter)].map(([name, shape], p) => {
      const element = (i: number) => (2 * uniform(5, 6, p, i) - 1) / Math.sqrt(shape[1]!);
      const data = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) =>
        name.includes('lora_A') ? element(i) : 0,
      );
      return [name, { shape, data }] as const;
    });
    const policy = new Policy(
      config,
      parameters,
      { device: cpuDevice(1) },
      { config: adapter, parameters: new Map(matrices) },
    );

    const trees = run.all('tree');
    const tokens = run.arraysOf('tree').map((arrays) => arrays['token_ids'] as Int32Array);
    const through = trees.map(({ segments, trajectories }) => {
      const advantagesOf = segments.map((): number[] => []);
      for (const { leaf, advantage } of trajectories) {
        for (let at: number | null = leaf; at !== null; at = segments[at]!.parent) advantagesOf[at]!.push(advantage!);
      }
      return advantagesOf;
    });
    const inputs = update!.trees.map((place) => ({
      segments: trees[place]!.segments.map(({ parent, kind, start: from, length }) => {
        return { parent, tokens: tokens[place]!.slice(from, from + length), train: kind === 'model' };
      }),
    }));
    const perToken = (value: (advantages: number[]) => number) => {
      const values = new Float32Array(oldLogprobs!.length);
      for (const { tree, segment, start: from, length } of update!.segments) {
        values.fill(value(through[tree]![segment]!) / update!.loss_denominator, from, from + length);
      }
      return values;
    };
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const values = {
      oldLogprobs: oldLogprobs as Float32Array,
      positive: perToken((all) => sum(all.filter((advantage) => advantage > 0))),
      negative: perToken((all) => sum(all.filter((advantage) => advantage < 0))),
      positiveCopies: perToken((all) => all.filter((advantage) => advantage > 0).length),
      negativeCopies: perToken((all) => all.filter((advantage) => advantage < 0).length),
    };
    const loss = { objective: ppoClip({ clipLow: 0.2, clipHigh: 0.2, dualClip: 3 }), values, temperature: 1 };
    const { tree, segment, start: at } = update!.segments[0]!;
    expect(advantages![at]).toBeCloseTo(sum(through[tree]![segment]!) / through[tree]![segment]!.length, 5);
    const again = async (seed: number) => {
      const result = await policy.gradient(packTrees(inputs), loss, seed);
      const squares = [...result.gradients.values()].flatMap((gradient) => [...gradient].map((x) => x * x));
      return { loss: result.loss, norm: Math.sqrt(sum(squares)) };
    };
    const { loss: replayed, norm } = await again(pass!.dropout_seed!);
    expect(replayed).toBeCloseTo(update!.loss, 6);
    expect(norm / update!.grad_norm).toBeCloseTo(1, 4);
    expect(Math.abs((await again(pass!.dropout_seed! + 1)).norm / update!.grad_norm - 1)).toBeGreaterThan(1e-3);
    await policy.close();
  });

  test('takes the same step in one part or in many', async () => {
    const one = arpo({ training: { steps: 1, mini_batch_prompts: 4 } });
    const many = arpo({ training: { steps: 1, mini_batch_prompts: 4, max_batch_tokens: 64 } });
    const whole = await runTrainer(trainJob('whole', one, start()), answers);
    const parts = await runTrainer(trainJob('parts', many, start()), answers);
    for (const name of ['policy/loss', 'optimizer/grad_norm', 'policy/entropy']) {
      expect(metric(parts, name)[0]).toBeCloseTo(metric(whole, name)[0]!, 5);
    }
  });

  test('keeps to a reference with a KL term, and evaluates held-out questions', async () => {
    const spec = arpo({
      training: { steps: 2, kl_coefficient: 0.1, epochs: 2, loss_aggregation: 'sequence' },
      advantage: { attribution: 'hard' },
      evaluation: { dataset: 'ds_9', every_steps: 2 },
    });
    const rest = { ...start(), evaluation_examples: [join(folder, 'prompts')] };
    const run = await runTrainer(trainJob('kl', spec, rest), answers);
    const [first, last] = run.all('step');
    expect(first!.metrics['policy/kl_to_reference']).toBeGreaterThan(0);
    expect(first!.updates).toHaveLength(4);
    expect(Object.keys(run.arraysOf('step')[0]!)).toContain('1/reference_logprobs');
    expect(first!.metrics['eval/ds_9/exact_match']).toBeUndefined();
    expect(last!.metrics['eval/ds_9/exact_match']).toBeGreaterThanOrEqual(0);
  });

  test('pays in the reward for leaving the reference, which is the starting policy', async () => {
    const spec = arpo({ training: { steps: 2 }, advantage: { estimator: 'batch', kl_coefficient: 0.5 } });
    const run = await runTrainer(trainJob('reward-kl', spec, start()), answers);
    const [first, last] = metric(run, 'reward/kl_mean');
    expect(first).toBeCloseTo(0, 4);
    expect(Math.abs(last!)).toBeGreaterThan(1e-4);
    // A token has the reward that follows it, so that the advantages of one segment differ.
    const trees = run.all('tree').map((tree, i) => ({ tree, arrays: run.arraysOf('tree')[i]! }));
    const later = trees.filter(({ tree }) => tree.step === 2);
    const differ = later.some(({ tree, arrays }) =>
      tree.segments.some(({ kind, start: from, length }) => {
        const advantages = arrays['advantages']!.slice(from, from + length);
        return kind === 'model' && new Set(advantages).size > 1;
      }),
    );
    expect(differ).toBe(true);
  });

  test('refuses a reference of another vocabulary', async () => {
    const { done } = await runTrainer(createModel('other', 270));
    expect(done.cancelled).toBe(false);
    const spec = arpo({ training: { kl_coefficient: 0.1, reference_model: 'mdl_2' } });
    const rest = { ...start(), reference_directory: join(folder, 'other') };
    const run = await runTrainer(trainJob('reference', spec, rest), answers);
    const last = run.messages.at(-1)!.message;
    expect(last).toMatchObject({ type: 'failed', code: 'reference_vocabulary_differs' });
    expect(last).toHaveProperty('message', expect.stringContaining('training.reference_model'));
  });

  describe('with groups whose rewards are all equal', () => {
    const score: PeerAnswers['score'] = (item) => (item.example < 2 ? scored(1) : answers.score!(item));
    const roll = async (name: string, zero_variance: 'keep' | 'drop', training: object = {}, one = score) => {
      const extra = { advantage: { zero_variance }, training: { steps: 1, mini_batch_prompts: 4, ...training } };
      const run = await runTrainer(trainJob(name, arpo(extra), start()), { ...answers, score: one });
      return { trees: run.all('tree'), step: run.all('step')[0]! };
    };
    const modelTokens = ({ segments, trajectories }: Awaited<ReturnType<typeof roll>>['trees'][number]) => {
      const onPath = (at: number | null): number => {
        if (at === null) return 0;
        const { kind, length, parent } = segments[at]!;
        return (kind === 'model' ? length : 0) + onPath(parent);
      };
      return trajectories.reduce((sum, { leaf, advantage }) => sum + (advantage === null ? 0 : onPath(leaf)), 0);
    };

    test('counts them in the loss or leaves them out, and sends them through the policy only for a reason', async () => {
      const kept = await roll('kept', 'keep');
      const dropped = await roll('dropped', 'drop');
      const regularised = await roll('regularised', 'keep', { entropy_bonus: 0.01 });
      const constant = (tree: (typeof kept.trees)[number]) => tree.trajectories.every(({ reward }) => reward === 1);
      expect(kept.trees.filter(constant).length).toBeGreaterThanOrEqual(2);
      for (const [{ trees, step }, advantage] of [[kept, 0] as const, [dropped, null] as const]) {
        const equal = trees.filter(constant).flatMap(({ trajectories }) => trajectories);
        expect(new Set(equal.map((trajectory) => trajectory.advantage))).toEqual(new Set([advantage]));
        const copied = trees.reduce((sum, tree) => sum + modelTokens(tree), 0);
        expect(step.updates).toMatchObject([{ loss_denominator: copied }]);
      }
      const [all, few] = [kept.step.updates[0]!, dropped.step.updates[0]!];
      expect(all.segments).toEqual(few.segments);
      expect(all.grad_norm * all.loss_denominator).toBeCloseTo(few.grad_norm * few.loss_denominator, 1);
      expect(regularised.step.updates[0]!.trees).toEqual([0, 1, 2, 3]);
      expect(regularised.step.updates[0]!.loss_denominator).toBe(all.loss_denominator);
    });

    test('takes no optimiser step when there is nothing else', async () => {
      const { step } = await roll('nothing', 'keep', {}, () => scored(1));
      expect(step.updates).toEqual([]);
      expect(step.metrics).toMatchObject({ 'groups/zero_variance': 1, 'tokens/trained_copied': 0 });
    });
  });

  /** What was counted, of steps that were finished and of one that was not. */
  const counted = (run: Told) => {
    const usages = [...run.all('step'), ...run.all('unfinished_step')].map(({ usage }) => usage);
    const sum = (of: (usage: (typeof usages)[number]) => number) =>
      usages.reduce((total, usage) => total + of(usage), 0);
    return {
      tool_calls: sum((usage) => usage.tool_calls),
      sampled_tokens: sum((usage) => usage.sampled_tokens),
      evaluation_calls: sum((usage) => usage.evaluation.tool_calls),
      evaluation_tokens: sum((usage) => usage.evaluation.sampled_tokens),
    };
  };
  const recorded = (run: Told) => {
    const segments = run.all('tree').flatMap((tree) => tree.segments);
    return {
      tool_calls: segments.filter(({ kind }) => kind === 'tool').length,
      sampled_tokens: segments.reduce((sum, { kind, length }) => sum + (kind === 'model' ? length : 0), 0),
    };
  };

  test('counts evaluation apart: no budget but that of time is spent by it', async () => {
    const spec = (extra: object) =>
      arpo({ training: { steps: 1 }, evaluation: { dataset: 'ds_9', every_steps: 1 }, ...extra });
    const rest = { ...start(), evaluation_examples: [join(folder, 'prompts')] };
    const whole = await runTrainer(trainJob('evaluated', spec({}), rest), answers);
    const { evaluation_calls, evaluation_tokens, ...training } = counted(whole);
    expect(training).toEqual(recorded(whole));
    expect(training.sampled_tokens).toBe(metric(whole, 'tokens/sampled')[0]);
    expect(training.tool_calls).toBe(metric(whole, 'tools/calls')[0]);
    const asked = whole.all('tool_call').filter(({ call }) => call.startsWith('evaluation/'));
    expect(evaluation_calls).toBe(asked.length);
    expect(training.tool_calls).toBe(whole.all('tool_call').length - asked.length);
    expect(evaluation_tokens).toBeGreaterThan(0);
    const budget = { sampled_tokens: training.sampled_tokens, tool_calls: Math.max(1, training.tool_calls) };
    const exact = await runTrainer(trainJob('exact', spec({ budget }), rest), answers);
    expect(exact.all('budget_reached')).toEqual([]);
    expect(counted(exact)).toEqual(counted(whole));
  });

  test('counts what an evaluation has cost that the time budget cuts short, and keeps its step', async () => {
    let ahead = 0;
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
    // The first call of the evaluation takes longer than the run may.
    const callTool: PeerAnswers['callTool'] = (call) => {
      if (call.call.startsWith('evaluation/')) ahead = 1e9;
      return answers.callTool!(call);
    };
    try {
      const evaluation = { dataset: 'ds_9', every_steps: 1 };
      const spec = arpo({ training: { steps: 3 }, evaluation, budget: { wall_time_s: 10_000 } });
      const rest = { ...start(), evaluation_examples: [join(folder, 'prompts')] };
      const run = await runTrainer(trainJob('evaluation-cut', spec, rest), { ...answers, callTool });
      expect(run.all('budget_reached')).toMatchObject([{ budget: 'wall_time_s', limit: 10_000 }]);
      expect(run.all('unfinished_step')).toEqual([]);
      const [step, ...others] = run.all('step');
      expect(others).toEqual([]);
      expect(Object.keys(step!.metrics).filter((name) => name.startsWith('eval/'))).toEqual([]);
      const { evaluation_calls, evaluation_tokens, ...training } = counted(run);
      expect(training).toEqual(recorded(run));
      expect(evaluation_calls).toBeGreaterThan(0);
      expect(evaluation_calls).toBe(run.all('tool_call').filter(({ call }) => call.startsWith('evaluation/')).length);
      expect(evaluation_tokens).toBeGreaterThan(0);
    } finally {
      clock.mockRestore();
    }
  });

  test.each([
    ['tool_calls', 20],
    ['sampled_tokens', 500],
  ] as const)(
    'stops with a checkpoint before a budget of %s is passed, and counts and keeps the step it ended in',
    async (budget, limit) => {
      const spec = arpo({ budget: { [budget]: limit } });
      const run = await runTrainer(trainJob(`budget-${budget}`, spec, start()), answers);
      expect(run.all('budget_reached')).toMatchObject([{ budget, limit }]);
      expect(run.all('checkpoint')).toMatchObject([{ final: true, step: run.all('step').length }]);
      expect(run.done.cancelled).toBe(false);
      expect(counted(run)).toMatchObject(recorded(run));
      expect(counted(run)[budget]).toBe(limit);
      expect(counted(run).tool_calls).toBe(run.all('tool_call').length);
      const step = run.all('step').length + 1;
      expect(run.all('unfinished_step')).toMatchObject([{ step }]);
      const unfinished = run.all('tree').filter((tree) => tree.step === step);
      const trajectories = unfinished.flatMap((tree) => tree.trajectories);
      expect(trajectories.some(({ finish_reason }) => finish_reason === 'unfinished')).toBe(true);
      expect(new Set(trajectories.map(({ advantage }) => advantage))).toEqual(new Set([null]));
    },
  );

  test('stops when it is cancelled, and counts what the step had cost', async () => {
    let cancelled = false;
    const onMessage: PeerAnswers['onMessage'] = (message, worker) => {
      if (cancelled || message.type !== 'score') return;
      cancelled = true;
      worker.cancel();
    };
    const run = await runTrainer(trainJob('cancelled', arpo(), start()), { ...answers, onMessage });
    expect(run.done.cancelled).toBe(true);
    expect(run.all('unfinished_step')).toMatchObject([{ step: 1 }]);
    expect(counted(run)).toMatchObject(recorded(run));
    expect(counted(run).tool_calls).toBe(run.all('tool_call').length);
  });

  describe('that summarises itself what a tool has found', () => {
    const pages = { summary: { by: 'policy' as const, max_tokens: 6 } };
    const tools = [{ type: 'search' as const, provider: 'searxng' as const, url: 'https://searx.example.com', pages }];
    const callTool: PeerAnswers['callTool'] = ({ input }) => {
      const thing = input.trim();
      return { outcome: 'to_summarise', text: `What colour is ${thing in colourOf ? thing : 'rose'}?` };
    };
    const found = (run: Told) => run.all('tree').flatMap(({ segments }) => segments.flatMap(({ tool }) => tool ?? []));
    const spec = (extra: object = {}) => arpo({ tools, ...extra });

    test('learns nothing of its summaries, counts them, and ends with the same weights when it goes on from a checkpoint', async () => {
      const first = await runTrainer(trainJob('summaries', spec(), start()), { ...answers, callTool });
      expect(first.done.cancelled).toBe(false);
      const texts = found(first).map(({ outcome, text }) => (expect(outcome).toBe('ok'), text));
      expect(texts.length).toBeGreaterThan(20);
      expect(texts.some((text) => text.startsWith('What colour'))).toBe(false);
      const written = (metric(first, 'tools/search/summary_tokens') as (number | undefined)[]).map((n) => n ?? 0);
      const summaries = written.reduce((sum, tokens) => sum + tokens, 0);
      expect(summaries).toBeGreaterThan(0);
      expect(counted(first).sampled_tokens).toBe(recorded(first).sampled_tokens + summaries);
      // At most one summary of each of the four things in a step.
      expect(Math.max(...written)).toBeLessThanOrEqual(4 * pages.summary.max_tokens);

      const resume = { step: 4, directory: join(folder, 'summaries', 'step-4') };
      const resumed = await runTrainer(trainJob('summaries-resumed', spec(), { ...start(), resume }), {
        ...answers,
        callTool,
      });
      expect(found(resumed).map(({ text }) => text)).toEqual(texts.slice(-found(resumed).length));
      const expected = await digest(join(folder, 'summaries', 'step-8'));
      expect(await digest(join(folder, 'summaries-resumed', 'step-8'))).toEqual(expected);
    });

    test('stops where its summaries use up the budget', async () => {
      const run = await runTrainer(trainJob('summaries-budget', spec({ budget: { sampled_tokens: 500 } }), start()), {
        ...answers,
        callTool,
      });
      expect(run.all('budget_reached')).toMatchObject([{ budget: 'sampled_tokens', limit: 500 }]);
      expect(counted(run).sampled_tokens).toBe(500);
      expect(recorded(run).sampled_tokens).toBeLessThan(500);
    });

    test('is refused where its context has no room for them, before anything is sampled', async () => {
      const long = [{ ...tools[0]!, pages: { summary: { by: 'policy' as const, max_tokens: 4090 } } }];
      const run = await runTrainer(trainJob('summaries-long', spec({ tools: long }), start()), answers);
      expect(run.messages.at(-1)!.message).toMatchObject({
        type: 'failed',
        code: 'context_exceeded',
        message: expect.stringMatching(
          /^tools\.0\.pages\.summary\.max_tokens: the context of the model has 4096 tokens/,
        ),
      });
      expect(run.all('tool_call')).toEqual([]);
    });
  });

  test('leaves trajectories out whose tool could not work', async () => {
    const callTool: PeerAnswers['callTool'] = (call) =>
      call.input.includes('sky') ? { outcome: 'infra_error', text: 'the index is gone' } : answers.callTool!(call);
    const run = await runTrainer(trainJob('infra', arpo({ training: { steps: 1 } }), start()), {
      ...answers,
      callTool,
    });
    const trajectories = run.all('tree').flatMap((tree) => tree.trajectories);
    const lost = trajectories.filter(({ finish_reason }) => finish_reason === 'infra_error');
    expect(lost.length).toBeGreaterThan(0);
    for (const trajectory of lost) {
      expect(trajectory).toMatchObject({ reward_status: 'infra_error', reward: null, advantage: null });
    }
    expect(metric(run, 'rollout/infra_error')[0]).toBe(lost.length / trajectories.length);
  });

  test('gives up before the update when many trajectories cannot be scored: keeps the trees, writes a checkpoint, says why', async () => {
    const away = { status: 'infra_error' as const, message: 'the judge is away' };
    const score: PeerAnswers['score'] = (item) => (item.example === 0 ? away : answers.score!(item));
    const run = await runTrainer(trainJob('unscored', arpo(), start()), { ...answers, score });
    expect(run.all('tree').map(({ step }) => step)).toEqual([1, 1, 1, 1]);
    expect(run.all('step')).toEqual([]);
    expect(run.all('checkpoint')).toMatchObject([{ step: 0, final: false }]);
    const last = run.messages.at(-1)!.message;
    expect(last).toMatchObject({ type: 'failed', code: 'too_many_infra_errors' });
    expect(last).toHaveProperty('message', expect.stringContaining('the judge is away'));
  });

  test('refuses responses that leave no room for a prompt, whatever memory they would take', async () => {
    const job = trainJob('context', arpo({ rollout: { max_response_tokens: 4096 } }), start());
    const last = (await runTrainer({ ...job, memory_bytes: 1 }, answers)).messages.at(-1)!.message;
    expect(last).toMatchObject({ type: 'failed', code: 'context_exceeded' });
    expect(last).toHaveProperty(
      'message',
      expect.stringMatching(/^rollout\.max_response_tokens must be at most 4095:/),
    );
  });

  test('refuses prompts that are too long before anything is sampled, and names them all', async () => {
    const run = await runTrainer(trainJob('long', arpo({ rollout: { max_prompt_tokens: 3 } }), start()), answers);
    expect(run.messages.at(-1)!.message).toMatchObject({ type: 'failed', code: 'prompt_too_long' });
    expect(run.messages.at(-1)!.message).toHaveProperty(
      'message',
      expect.stringMatching(/^4 of 4 examples .* example 0: .* example 3: /),
    );
    expect(run.all('tool_call')).toEqual([]);
  });
});

describe('what is stored of a run', () => {
  const optimizer = { learning_rate: 3e-3 };
  /** Several updates of what a step has sampled, so that ratios leave 1 and clips act. */
  const several = { steps: 2, epochs: 2, mini_batch_prompts: 2 };
  const single = { steps: 3, mini_batch_prompts: 4 };
  const rollout = { group_size: 8, probe_tokens: 4, max_response_tokens: 32 };
  const policyRuns: [name: string, given: { method: string; training?: object; advantage?: object }][] = [
    ...policyMethods.map((method): [string, { method: string }] => [method, { method }]),
    ['rloo with one update a step', { method: 'rloo', training: single }],
    ['reinforce++ with a baseline', { method: 'reinforce++', advantage: { estimator: 'mean_then_batch' } }],
    ['reinforce++ with KL in the reward', { method: 'reinforce++', advantage: { kl_coefficient: 0.1 } }],
    ['rloo with KL in the reward', { method: 'rloo', advantage: { kl_coefficient: 0.1 } }],
    ['aepo with KL in the loss', { method: 'aepo', training: { ...several, kl_coefficient: 0.1 } }],
  ];

  test.each(policyRuns)('is enough to do all updates of %s again', async (name, { training = several, ...given }) => {
    const input = { ...arpo({ optimizer, training }), ...given, rollout } as Partial<RunSpecInput>;
    const job = trainJob(`stored ${name}`, input, start());
    const told = await runTrainer(job, answers);
    if (isSupervised(job.spec)) throw new TypeError('not a policy run');
    const policy = await Policy.load(start().model_directory, { device: cpuDevice(1) });
    const replayed = await replayPolicyRun(policy, job.spec, told);
    const stored = told
      .all('step')
      .flatMap(({ updates }, i) =>
        updates.map((update) => ({ ...update, advantages: told.arraysOf('step')[i]![`${update.update}/advantages`]! })),
      );
    expect(replayed.map(({ update }) => update)).toEqual(stored.map(({ update }) => update));
    expect(stored.length).toBeGreaterThan(2);
    for (const [i, { loss, gradNorm, advantages }] of replayed.entries()) {
      const record = stored[i]!;
      expect.soft(Math.abs(loss - record.loss), `loss of update ${record.update}`).toBeLessThan(1e-5);
      const off = Math.abs(gradNorm - record.grad_norm);
      expect.soft(off, `gradient of update ${record.update}`).toBeLessThanOrEqual(3e-4 * record.grad_norm);
      const apart = advantages.map((advantage, at) => Math.abs(advantage - record.advantages[at]!));
      expect.soft(Math.max(...apart), `advantages of update ${record.update}`).toBeLessThan(1e-4);
    }
    await policy.close();
  });

  test.each(['sft', 'dpo'] as const)('is enough to do all updates of %s again', async (method) => {
    const { spec, told, directory } = await supervisedRun(method);
    const [policy, reference] = [
      await Policy.load(directory, { device: cpuDevice(1) }),
      await Policy.load(directory, { device: cpuDevice(1) }),
    ];
    const renderer = new Renderer(await Tokenizer.load(directory), policy.config.eosTokenIds, null);
    const lines = (await readFile(join(folder, method === 'dpo' ? 'pairs' : 'demonstrations'), 'utf8')).split('\n');
    const examples = new Map(lines.map((line, i) => [i, JSON.parse(line) as TrainingExample]));
    const replayed = await replaySupervisedRun(policy, reference, spec, { told, examples, renderer });
    const stored = told.all('step').flatMap(({ updates }) => updates);
    expect(stored).toHaveLength(6);
    for (const [i, { loss, gradNorm }] of replayed.entries()) {
      expect.soft(loss / stored[i]!.loss, `loss of update ${i + 1}`).toBeCloseTo(1, 5);
      expect.soft(gradNorm / stored[i]!.grad_norm, `gradient of update ${i + 1}`).toBeCloseTo(1, 3);
    }
    await policy.close();
    await reference.close();
  });

  test('of dpo ends with the same weights again, and from a checkpoint', async () => {
    await supervisedRun('dpo', 'dpo-once');
    const expected = await digest(join(folder, 'dpo-once', 'step-6'));
    await supervisedRun('dpo', 'dpo-again');
    expect(await digest(join(folder, 'dpo-again', 'step-6'))).toEqual(expected);
    await supervisedRun('dpo', 'dpo-resumed', { step: 3, directory: join(folder, 'dpo-once', 'step-3') });
    expect(await digest(join(folder, 'dpo-resumed', 'step-6'))).toEqual(expected);
  });

  /** Six updates, with a checkpoint after three. Pairs: to look it up is better than to guess. */
  async function supervisedRun(method: 'sft' | 'dpo', name: string = method, resume: TrainJob['resume'] = null) {
    const pairs = things.map((thing, index) => {
      const [chosen, rejected] = [demonstrations()[4 + index]!, demonstrations()[index]!].map((one) => one.slice(1));
      return { index, messages: [user(thing)], chosen, rejected };
    });
    await writeFile(join(folder, 'pairs'), pairs.map((pair) => JSON.stringify(pair)).join('\n'));
    const input = sft({
      method,
      training: { steps: 6, batch_size: 2, max_length: 64, ...(method === 'dpo' && { rpo_alpha: 0.5 }) },
      checkpoint: { every_steps: 3 },
    });
    const directory = start().model_directory;
    const examples = method === 'dpo' ? { examples: join(folder, 'pairs') } : {};
    const job = trainJob(`stored-${name}`, input, { model_directory: directory, resume, ...examples });
    const told = await runTrainer({ ...job, output_directory: join(folder, name) });
    if (!isSupervised(job.spec)) throw new TypeError('not a supervised run');
    return { spec: job.spec, told, directory };
  }
});

describe("the model's own way to call tools", () => {
  const definitions = [textTool('search', 'Finds colours.', 'query', 'Of what.')];
  const chat = { prompt: { tool_syntax: 'chat' as const }, tools: [{ type: 'search' as const, corpus: 'ds_2' }] };
  let learnt: { model_directory: string; tools: typeof definitions };

  beforeAll(async () => {
    const base = join(folder, 'chat-model');
    const tags = ['<|im_start|>', '<|im_end|>', '<tool_call>', '</tool_call>', '<tool_response>', '</tool_response>'];
    const texts = join(folder, 'chat-texts');
    const call = { name: 'search', arguments: { query: 'x' } };
    const lines = [hermesTemplate, JSON.stringify(definitions), JSON.stringify(call), ...things, ...colours];
    await writeFile(texts, [...lines, ...lines].map((line) => JSON.stringify(line)).join('\n'));
    const tokenizer = { texts: [texts, join(folder, 'texts')], vocab_size: 600, added_tokens: tags };
    await runTrainer({ ...createModel('chat-model', 600), tokenizer });
    const config = join(base, 'tokenizer_config.json');
    const written = JSON.parse(await readFile(config, 'utf8')) as object;
    await writeFile(config, JSON.stringify({ ...written, chat_template: hermesTemplate }));
    await rm(join(base, 'chat_template.jinja'), { force: true });

    await writeLines(
      'chat-demonstrations',
      demonstrations().filter((messages, i) => messages.length > 2 || i % 4 === 0),
    );
    const rest = { model_directory: base, tools: definitions };
    const examples = join(folder, 'chat-demonstrations');
    const training = { steps: 200, batch_size: 12, max_length: 256 };
    const told = await runTrainer(trainJob('chat-sft', { ...sft({ training }), ...chat }, { ...rest, examples }));
    expect(told.done.cancelled).toBe(false);
    learnt = { ...rest, model_directory: join(folder, 'chat-sft', 'step-200') };
  });

  test('is learnt from demonstrations, and ARPO trains on with it', async () => {
    const asked: string[] = [];
    const search: Tool = {
      definitions,
      call: async ({ arguments: { query } }) => {
        asked.push(String(query).trim());
        return { kind: 'ok', text: ` ${colourOf[String(query).trim()] ?? 'No search results found.'}` };
      },
      close: async () => undefined,
    };
    const toolSet = new ToolSet([search]);
    const { signal } = new AbortController();
    const callTool: PeerAnswers['callTool'] = (message) => toolSet.call(message, signal);
    const longer = {
      optimizer: { learning_rate: 1e-3 },
      training: { steps: 40 },
      rollout: { max_response_tokens: 96 },
    };
    const job = trainJob('chat-arpo', arpo({ ...chat, ...longer }), learnt);
    const told = await runTrainer(job, { ...answers, callTool });
    expect(told.done.cancelled).toBe(false);
    for (const thing of things) expect(asked).toContain(thing);
    const rewards = metric(told, 'reward/mean') as number[];
    const mean = (some: number[]) => some.reduce((sum, one) => sum + one, 0) / some.length;
    expect(mean(rewards.slice(-8))).toBeGreaterThan(mean(rewards.slice(0, 8)) + 0.1);
    const forked = told.all('tree').flatMap(({ segments }) => segments.filter((segment) => segment.forked));
    expect(forked.length).toBeGreaterThan(0);
  });
});

describe('an evaluation', () => {
  test('answers every question as often as asked, the same each time', async () => {
    const job: EvaluateJob = {
      kind: 'evaluate',
      evaluation_id: 'eval_1',
      attempt: 1,
      spec: resolveEvaluationSpec(
        {
          model: 'mdl_1',
          dataset: 'ds_1',
          tools: [{ type: 'search', corpus: 'ds_2' }],
          sampling: { temperature: 1, top_p: 0.9, samples: 3, max_response_tokens: 32 },
        },
        null,
      ),
      ...start(),
      tools: definitionsOf([{ type: 'search' }]),
      call_limits: {},
      examples: join(folder, 'prompts'),
      provider: 'cpu',
      threads: 1,
    };
    const runs = [await runTrainer(job, answers), await runTrainer(job, answers)];
    const [first, second] = runs.map((told) =>
      told
        .all('evaluation_items')
        .flatMap(({ items }) => items)
        .sort((a, b) => a.example - b.example || a.sample - b.sample),
    );
    expect(first).toHaveLength(things.length * 3);
    expect(second).toEqual(first);
    expect(runs[0]!.all('evaluation_items').at(-1)).toMatchObject({ done: 4, total: 4 });
  });
});
