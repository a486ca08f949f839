/** Exported models on plain ONNX Runtime, against the engine's own decoding. */
import { cpuDevice } from '../device/cpu.js';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeModelDirectory } from '../io/model-directory.js';
import type { DecoderConfig } from '../models/config.js';
import { initialParameters } from '../models/initialise.js';
import { KeyValueStore, Policy } from '../index.js';
import { normal, uniform } from '../random.js';
import type { ExportDtype } from './generation-graph.js';
import { writeOnnxModel } from './onnx-model.js';

/**
 * From Node 24 on onnxruntime takes float16 only from Float16Array, and onnxruntime-node up to 1.30 believes that one to be empty. It looks for
 * the class when it makes its first tensor; without the class it takes the bits, as on older Nodes. transformers.js does the same.
 */
vi.stubGlobal('Float16Array', undefined);

const golden = 'test/golden/llama-tiny';
const base: DecoderConfig = {
  family: 'llama',
  vocabSize: 60,
  hiddenSize: 24,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  ffnSize: 40,
  rmsNormEps: 1e-6,
  ropeTheta: 10000,
  ropeScaling: null,
  tieEmbeddings: false,
  qkvBias: false,
  qkNorm: false,
  maxPositions: 64,
  eosTokenIds: [1, 2],
  bosTokenId: null,
  padTokenId: 1,
};
const scaled = { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 16 };
const random: Record<string, DecoderConfig> = {
  'llama with scaled rotary frequencies': { ...base, ropeScaling: scaled },
  'qwen2 with biases': { ...base, family: 'qwen2', qkvBias: true },
  'qwen3 with norms of heads and tied embeddings': { ...base, family: 'qwen3', qkNorm: true, tieEmbeddings: true },
  'qwen3 with a key head for each query head': { ...base, family: 'qwen3', qkNorm: true, kvHeads: 4 },
};

let scratch: string;
const sources = new Map<string, string>([['llama of PyTorch', golden]]);
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'export-'));
  for (const [name, config] of Object.entries(random)) {
    const parameters = initialParameters(config, 5);
    // Norms and biases start at constants, which would hide where they are applied.
    for (const [parameter, { data }] of parameters) {
      if (/norm\.weight$|bias$/.test(parameter)) data.forEach((x, i) => (data[i] = x + 0.3 * normal(6, i)));
    }
    const directory = join(scratch, name);
    await writeModelDirectory(directory, { config, parameters, dtype: 'float32', tokenizerDirectory: null });
    sources.set(name, directory);
  }
});
afterAll(() => rm(scratch, { recursive: true }));

const families = ['llama of PyTorch', ...Object.keys(random)];
const sequence = (length: number, seed: number) =>
  Array.from({ length }, (_, i) => Math.floor(uniform(7, seed, i) * base.vocabSize));

/** Logits after each token of a sequence, by the engine. */
async function expectedLogits(name: string, tokens: readonly number[]): Promise<number[][]> {
  const policy = await Policy.load(sources.get(name)!, { device: cpuDevice(1) });
  const V = policy.config.vocabSize;
  const rows = tokens.map((_, i) => ({
    tokens: Int32Array.from(tokens.slice(0, i + 1)),
    prefix: new Int32Array(0),
    slots: Int32Array.from({ length: i + 1 }, (_unused, j) => i * tokens.length + j),
  }));
  const logits = await policy.extend(new KeyValueStore(policy.config), rows);
  await policy.close();
  return tokens.map((_, i) => [...logits.subarray(i * V, (i + 1) * V)]);
}

type Cache = Record<string, ort.Tensor>;

/** An exported model as its users see it. */
class Exported {
  constructor(
    private readonly session: ort.InferenceSession,
    private readonly dtype: ExportDtype,
  ) {}

  static async of(name: string, dtype: ExportDtype): Promise<Exported> {
    const directory = join(scratch, `${name} ${dtype}`);
    await writeOnnxModel(sources.get(name)!, directory, { dtype });
    const file = dtype === 'float32' ? 'model.onnx' : 'model_fp16.onnx';
    return new Exported(await ort.InferenceSession.create(join(directory, 'onnx', file)), dtype);
  }

  empty(batch: number): Cache {
    const entries = this.session.inputMetadata.filter(({ name }) => name.startsWith('past'));
    return Object.fromEntries(
      entries.map(({ name, ...meta }) => {
        const [, heads, , width] = (meta as ort.InferenceSession.TensorValueMetadata).shape as number[];
        const dims = [batch, heads!, 0, width!];
        const tensor =
          this.dtype === 'float32'
            ? new ort.Tensor('float32', new Float32Array(0), dims)
            : new ort.Tensor('float16', new Uint16Array(0), dims);
        return [name, tensor];
      }),
    );
  }

  /** Logits [B][L][V] of new tokens, and the cache with them in it. */
  async run(ids_BL: number[][], mask_BK: number[][], past: Cache): Promise<{ logits: number[][][]; past: Cache }> {
    const L = ids_BL[0]!.length;
    const int64 = (rows: number[][]) =>
      new ort.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
    // As transformers does: positions count what is no padding, and padding has position 1.
    const positions = mask_BK.map((mask) => {
      let seen = 0;
      return mask.map((m) => (m === 0 ? 1 : seen++)).slice(-L);
    });
    const results = await this.session.run({
      input_ids: int64(ids_BL),
      attention_mask: int64(mask_BK),
      position_ids: int64(positions),
      ...past,
    });
    const { dims, data } = results['logits']!;
    const V = dims[2]!;
    const row = (b: number, i: number) => [...(data as Float32Array).subarray((b * L + i) * V, (b * L + i + 1) * V)];
    const caches = Object.entries(results).filter(([name]) => name !== 'logits');
    return {
      logits: ids_BL.map((ids, b) => ids.map((_, i) => row(b, i))),
      past: Object.fromEntries(caches.map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor])),
    };
  }
}

const ones = (length: number) => Array.from({ length }, () => 1);

function expectClose(actual: number[][], expected: number[][], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((row, i) =>
    row.forEach((value, v) =>
      expect(Math.abs(value - actual[i]![v]!), `position ${i}, id ${v}`).toBeLessThan(tolerance),
    ),
  );
}

describe.each(families)('%s', (name) => {
  test('gives the logits of the engine at every position', async () => {
    const tokens = sequence(9, 1);
    const exported = await Exported.of(name, 'float32');
    const { logits } = await exported.run([tokens], [ones(9)], exported.empty(1));
    expectClose(logits[0]!, await expectedLogits(name, tokens), 2e-5);
  });

  test('goes on from its cache, token by token and several at once', async () => {
    const tokens = sequence(9, 2);
    const expected = await expectedLogits(name, tokens);
    const exported = await Exported.of(name, 'float32');
    let past = exported.empty(1);
    let seen = 0;
    for (const count of [4, 1, 3, 1]) {
      const step = await exported.run([tokens.slice(seen, seen + count)], [ones(seen + count)], past);
      expectClose(step.logits[0]!, expected.slice(seen, seen + count), 2e-5);
      seen += count;
      ({ past } = step);
    }
  });

  test('takes sequences padded on the left', async () => {
    const [long, short] = [sequence(8, 3), sequence(5, 4)];
    const exported = await Exported.of(name, 'float32');
    const mask = [ones(7), [0, 0, 0, ...ones(4)]];
    const first = await exported.run([long.slice(0, 7), [1, 1, 1, ...short.slice(0, 4)]], mask, exported.empty(2));
    const next = await exported.run(
      [long.slice(7), short.slice(4)],
      mask.map((m) => [...m, 1]),
      first.past,
    );
    expectClose([...first.logits[0]!, ...next.logits[0]!], await expectedLogits(name, long), 2e-5);
    expectClose([...first.logits[1]!.slice(3), ...next.logits[1]!], await expectedLogits(name, short), 2e-5);
  });

  test('keeps two to three digits in half precision, with a cache of half the size', async () => {
    const tokens = sequence(9, 5);
    const exported = await Exported.of(name, 'float16');
    const first = await exported.run([tokens.slice(0, 6)], [ones(6)], exported.empty(1));
    const next = await exported.run([tokens.slice(6)], [ones(9)], first.past);
    expectClose([...first.logits[0]!, ...next.logits[0]!], await expectedLogits(name, tokens), 2e-2);
    expect(next.past['past_key_values.0.key']).toMatchObject({
      type: 'float16',
      dims: [1, expect.any(Number), 9, expect.any(Number)],
    });
  });
});

test('the same model gives the same bytes', async () => {
  const [first, second] = [join(scratch, 'first'), join(scratch, 'second')];
  for (const directory of [first, second]) await writeOnnxModel(golden, directory, { dtype: 'float32' });
  expect(await readdir(first, { recursive: true })).toEqual([
    'config.json',
    'genai_config.json',
    'generation_config.json',
    'onnx',
    join('onnx', 'model.onnx'),
  ]);
  for (const file of ['config.json', 'genai_config.json', 'onnx/model.onnx']) {
    expect((await readFile(join(first, file))).equals(await readFile(join(second, file)))).toBe(true);
  }
});

test('names the weight that half precision cannot hold', async () => {
  const parameters = initialParameters(base, 5);
  parameters.get('model.layers.1.mlp.up_proj.weight')!.data[7] = -70000;
  const directory = join(scratch, 'large');
  await writeModelDirectory(directory, { config: base, parameters, dtype: 'float32', tokenizerDirectory: null });
  await expect(writeOnnxModel(directory, join(scratch, 'large fp16'), { dtype: 'float16' })).rejects.toThrow(
    'tensor "model.layers.1.mlp.up_proj.weight" holds -70000 at index 7, and float16 ends at 65504',
  );
});

test('tells onnxruntime-genai the sizes and names of the model', async () => {
  const directory = join(scratch, 'genai');
  await writeOnnxModel(sources.get('qwen2 with biases')!, directory, { dtype: 'float16' });
  expect(JSON.parse(await readFile(join(directory, 'genai_config.json'), 'utf8'))).toMatchObject({
    model: {
      type: 'qwen2',
      bos_token_id: 1,
      eos_token_id: [1, 2],
      pad_token_id: 1,
      context_length: 64,
      vocab_size: 60,
      decoder: {
        filename: 'onnx/model_fp16.onnx',
        head_size: 8,
        hidden_size: 24,
        num_attention_heads: 4,
        num_hidden_layers: 2,
        num_key_value_heads: 2,
      },
    },
    search: { past_present_share_buffer: false, max_length: 64 },
  });
});
