/**
 * The engine and a whole run on WebGPU, beside the same on the processor. On an adapter in software, which computes a hundred times slower: the models are
 * as small as can be.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunSpec, Schemas } from '../openapi/client.js';
import {
  cpuDevice,
  entropyBonus,
  initialParameters,
  kl,
  KeyValueStore,
  optimizerOf,
  packTrees,
  Policy,
  ppoClip,
  sumOf,
  uniform,
  webGpuDevice,
  type Device,
  type Loss,
  type TreeBatch,
  type TreeInput,
} from '../src/engine/index.js';
import { topologicalOrder } from '../src/engine/graph/node.js';
import { softwareAdapter } from './support/software-adapter.js';
import { int, tinyLlama as config, tokens } from './support/tiny-llama.js';
import { WholeService } from './support/whole-service.js';

const adapter = softwareAdapter();
const env = 'env' in adapter ? adapter.env : null;

/** A prompt, then segments that hang from random earlier ones. */
const tree = (seed: number): TreeInput => ({
  segments: Array.from({ length: 7 }, (_, s) => ({
    parent: s === 0 ? null : int(s, seed, s),
    tokens: tokens(1 + int(9, seed, s, 1), seed, s, 2),
    train: s > 0,
  })),
});

function lossOf(batch: TreeBatch, logprobs: Float32Array): Loss {
  const P = batch.targets;
  const advantage = Float32Array.from({ length: P }, (_, i) => (uniform(9, i, 3) - 0.5) / P);
  return {
    objective: sumOf<string>(ppoClip({ clipLow: 0.2, clipHigh: 0.2, dualClip: 3 }), kl(0.05), entropyBonus(0.01)),
    values: {
      oldLogprobs: logprobs.map((l, i) => l + 0.3 * (uniform(9, i, 4) - 0.5)),
      referenceLogprobs: logprobs.map((l) => l + 0.1),
      positive: advantage.map((a) => Math.max(a, 0)),
      negative: advantage.map((a) => Math.min(a, 0)),
      positiveCopies: advantage.map((a) => Number(a > 0)),
      negativeCopies: advantage.map((a) => Number(a < 0)),
      weights: new Float32Array(P).fill(1 / P),
    },
    temperature: 0.9,
  };
}

/** Everything that a policy does: log-probabilities, gradients, and after an update the same again, and decoding with what it then is. */
async function everything(device: Device, execution: 'whole' | 'blockwise'): Promise<Map<string, ArrayLike<number>>> {
  const policy = new Policy(config, initialParameters(config, 3), { device, execution });
  const optimizer = optimizerOf(policy, {
    betas: [0.9, 0.99],
    epsilon: 1e-8,
    weightDecay: 0.1,
    decay: 'matrices',
  });
  const found = new Map<string, ArrayLike<number>>();
  const batch = packTrees([tree(1), tree(2)]);
  for (const step of [1, 2]) {
    const { logprobs, entropies } = await policy.evaluate(batch, 0.9);
    const { loss, gradients } = await policy.gradient(batch, lossOf(batch, logprobs));
    found.set(`${step} logprobs`, logprobs).set(`${step} entropies`, entropies).set(`${step} loss`, [loss]);
    for (const [name, gradient] of gradients) found.set(`${step} gradient of ${name}`, gradient);
    const part = () => policy.gradientInPlace(batch, lossOf(batch, logprobs));
    const sum = await optimizer.add((await part()).gradients, (await part()).gradients);
    // Clipped: a small model's gradient is a little longer than that.
    found.set(`${step} norm`, [await optimizer.step(sum, { learningRate: 0.01, maxGradNorm: 0.5 })]);
  }
  await policy.fetchTrained();
  for (const [name, { data }] of policy.trained) found.set(name, data);
  const { count: taken, moments } = await optimizer.state();
  found.set('steps', [taken]);
  for (const [name, { data }] of moments) found.set(name, Float32Array.from(data));
  const store = policy.newStore();
  let seen = 0;
  for (const count of [5, 1, 1]) {
    const row = {
      tokens: tokens(count, seen, 8),
      prefix: Int32Array.from({ length: seen }, (_, i) => i),
      slots: Int32Array.from({ length: count }, (_, i) => seen + i),
    };
    found.set(`logits after ${seen}`, Float32Array.from(await policy.extend(store, [row])));
    seen += count;
  }
  await policy.close();
  return found;
}

/** Counts the bytes that the arrays of inputs and outputs have: what stays on the device is neither. */
function counted(device: Device, crossed: { bytes: number }): Device {
  const count = (arrays: readonly object[]) => {
    for (const array of arrays) if ('data' in array) crossed.bytes += (array.data as Float32Array).byteLength;
  };
  const memory = device.memory!;
  return {
    ...device,
    memory: {
      write: async (feed) => {
        count([feed]);
        return memory.write(feed);
      },
      read: async (tensor) => {
        const data = await memory.read(tensor);
        count([{ data }]);
        return data;
      },
      compile: async (outputs, kept) => {
        const { run, release } = await memory.compile(outputs, kept);
        return {
          release,
          run: async (feeds) => {
            const inputs = topologicalOrder(Object.values(outputs)).filter(({ kind }) => kind === 'Input');
            count(inputs.map(({ attributes }) => feeds[(attributes as { name: string }).name]!));
            const results = await run(feeds);
            count(Object.values(results.host).map((data) => ({ data })));
            return results;
          },
        };
      },
    },
  };
}

describe.skipIf(env === null)(`WebGPU${'reason' in adapter ? `, which is not tested: ${adapter.reason}` : ''}`, () => {
  let service: WholeService;

  beforeAll(async () => {
    // Read by the driver's loader, in this process and in those that it starts.
    Object.assign(process.env, env);
    service = await WholeService.open({ WORKER_ACCELERATOR: 'webgpu' });
  });
  afterAll(() => service.close());

  test('computes what the processor does, before and after an update, in one graph and layer by layer', async () => {
    const expected = await everything(cpuDevice(1), 'whole');
    for (const execution of ['whole', 'blockwise'] as const) {
      const found = await everything(webGpuDevice(), execution);
      expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [name, values] of expected) {
        const scale = Math.max(...Array.from(values, Math.abs));
        const worst = Math.max(...Array.from(values, (value, i) => Math.abs(value - found.get(name)![i]!)));
        expect(worst / scale, `${execution}: ${name}`).toBeLessThan(1e-4);
      }
    }
  });

  test('what is large stays on the device: an update and a decode step carry batches and metrics across', async () => {
    const crossed = { bytes: 0 };
    const policy = new Policy(config, initialParameters(config, 3), { device: counted(webGpuDevice(), crossed) });
    const options = { betas: [0.9, 0.99], epsilon: 1e-8, weightDecay: 0.1, decay: 'matrices' } as const;
    const optimizer = optimizerOf(policy, options);
    const batch = packTrees([tree(1)]);
    const { logprobs } = await policy.evaluate(batch, 0.9);
    const bytesOf = async (work: () => Promise<unknown>) => {
      crossed.bytes = 0;
      await work();
      return crossed.bytes;
    };
    const update = async () => {
      const { gradients } = await policy.gradientInPlace(batch, lossOf(batch, logprobs));
      await optimizer.step(gradients, { learningRate: 0.01, maxGradNorm: 1 });
    };
    const weights = [...policy.trained.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    const [first, second] = [await bytesOf(update), await bytesOf(update)];
    // The moments, which are zeros then, cross once.
    expect(first - second).toBe(2 * weights);
    expect(second).toBeLessThan(0.8 * weights);

    const store = policy.newStore();
    const extend = (seen: number) =>
      policy.extend(store, [
        {
          tokens: tokens(1, seen, 8),
          prefix: Int32Array.from({ length: seen }, (_, i) => i),
          slots: Int32Array.of(seen),
        },
      ]);
    await extend(0);
    const cached = 1024 * KeyValueStore.bytesPerSlot(config);
    expect(await bytesOf(() => extend(1))).toBeLessThan(0.05 * cached);
    await policy.close();
  });

  test('an adapter in software is what a worker says that it has, and is taken by no run that does not ask for it', async () => {
    const { body } = await service.tenant.get('/v1/workers');
    expect(body.data).toMatchObject([
      { accelerator: 'webgpu', device: { gpu: { name: 'an adapter in software', software: true } } },
    ]);
    expect((await trained({ accelerator: 'auto' })).manifest).toMatchObject({ provider: 'cpu' });
  });

  test('a run samples and learns on it as on the processor', async () => {
    const [onGpu, onCpu] = [await trained({ accelerator: 'webgpu' }), await trained({ accelerator: 'cpu' })];
    expect([onGpu.manifest, onCpu.manifest]).toMatchObject([{ provider: 'webgpu' }, { provider: 'cpu' }]);
    const { tool_calls, sampled_tokens } = onCpu.usage;
    expect(onGpu.usage).toMatchObject({ tool_calls, sampled_tokens });
    const [found, expected] = [await metricsOf(onGpu), await metricsOf(onCpu)];
    for (const name of ['reward/mean', 'policy/entropy', 'policy/loss', 'optimizer/grad_norm']) {
      expect(found[name], name).toBeCloseTo(expected[name]!, 4);
    }
  });

  test('an evaluation answers on it what it answers on the processor', async () => {
    const { tenant, model, questions: dataset } = service;
    const answersOn = async (accelerator: 'webgpu' | 'cpu') => {
      const { body } = await tenant.post('/v1/evaluations', {
        model,
        dataset,
        accelerator,
        limit: 1,
        sampling: { max_response_tokens: 4 },
      });
      const { status, manifest } = await tenant.bough.waitForEvaluation(body.id as string);
      const { data } = (await tenant.get(`/v1/evaluations/${body.id}/items`)).body;
      const answers = data.map(({ response }: { response: string }) => response);
      return { said: body.spec.accelerator, provider: manifest['provider'], status, answers };
    };
    const [onGpu, onCpu] = [await answersOn('webgpu'), await answersOn('cpu')];
    expect(onGpu).toEqual({ ...onCpu, said: 'webgpu', provider: 'webgpu' });
    expect([onCpu.provider, onCpu.status, onCpu.answers.length]).toEqual(['cpu', 'succeeded', 1]);
  });

  async function metricsOf({ id }: Schemas['Run']): Promise<Record<string, number>> {
    const { body } = await service.tenant.get(`/v1/runs/${id}/metrics`);
    return body.data[0].metrics;
  }

  async function trained(given: Pick<RunSpec, 'accelerator'>): Promise<Schemas['Run']> {
    const spec = {
      ...service.arpo({ evaluation: undefined, training: { steps: 1, prompts_per_step: 1 } }),
      // What a model that has learnt nothing writes differs in its length at least.
      reward: { type: 'length_penalty', max: 60, buffer: 60 } as const,
      ...given,
    };
    const { status, body } = await service.tenant.post('/v1/runs', spec);
    expect([status, body.error]).toEqual([201, null]);
    const run = await service.tenant.bough.waitForRun(body.id as string);
    expect([run.status, run.error]).toEqual(['succeeded', null]);
    return run;
  }
});
