import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readModelDirectory, writeModelDirectory } from './model-directory.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import { trainTokenizer, writeTokenizer } from './train-tokenizer.js';

const golden = 'test/golden/llama-tiny';
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'model-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('readModelDirectory', () => {
  test('reads every parameter of a Hugging Face directory as it stands in the file', async () => {
    const { config, parameters, tokenizerFiles } = await readModelDirectory(golden);
    expect(config.family).toBe('llama');
    expect(parameters).toEqual(await readSafetensors(join(golden, 'model.safetensors')));
    expect(tokenizerFiles).toEqual([]);
  });

  async function withTensors(change: (tensors: Awaited<ReturnType<typeof readSafetensors>>) => void) {
    const tensors = await readSafetensors(join(golden, 'model.safetensors'));
    change(tensors);
    await writeSafetensors(join(directory, 'model.safetensors'), tensors);
    await writeFile(join(directory, 'config.json'), await readFile(join(golden, 'config.json')));
    return readModelDirectory(directory);
  }

  test('names tensors that are missing, unexpected or misshapen, all in one error', async () => {
    const reading = withTensors((tensors) => {
      const norm = tensors.get('model.norm.weight')!;
      tensors.delete('model.norm.weight');
      tensors.set('model.extra', norm);
      tensors.set('model.layers.0.input_layernorm.weight', { shape: [2, 24], data: norm.data });
    });
    await expect(reading).rejects.toThrow(
      'missing: model.norm.weight; unexpected: model.extra; misshapen: model.layers.0.input_layernorm.weight is [2, 24], not [48]',
    );
  });

  test('names tensors of an element type that cannot be trained', async () => {
    const reading = withTensors((tensors) => {
      tensors.set('model.norm.weight', { shape: [48], data: new Int32Array(48) });
    });
    await expect(reading).rejects.toThrow(
      'not floating point: model.norm.weight is I32 (save them as float32, float16 or bfloat16)',
    );
  });

  test('passes over rotary tables and the output layer of tied embeddings', async () => {
    const { parameters } = await withTensors((tensors) => {
      tensors.set('lm_head.weight', tensors.get('model.embed_tokens.weight')!);
      tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', { shape: [1], data: new Float32Array(1) });
    });
    expect(parameters.size).toBe(20);
  });

  test('reads shards by their index, takes end-of-sequence ids from generation_config.json, and refuses a shard that is not there', async () => {
    const tensors = [...(await readSafetensors(join(golden, 'model.safetensors')))];
    const map: Record<string, string> = {};
    for (const [part, shard] of [tensors.slice(0, 7), tensors.slice(7)].entries()) {
      const name = `model-0000${part + 1}-of-00002.safetensors`;
      await writeSafetensors(join(directory, name), new Map(shard));
      for (const [tensor] of shard) map[tensor] = name;
    }
    const index = join(directory, 'model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ weight_map: map }));
    await writeFile(join(directory, 'config.json'), await readFile(join(golden, 'config.json')));
    await writeFile(join(directory, 'generation_config.json'), '{"eos_token_id": [7, 2]}');
    const { config, parameters } = await readModelDirectory(directory);
    expect(parameters).toEqual((await readModelDirectory(golden)).parameters);
    expect(config.eosTokenIds).toEqual([7, 2]);
    for (const shard of ['../model.safetensors', 'gone.safetensors']) {
      await writeFile(index, JSON.stringify({ weight_map: { ...map, x: shard } }));
      await expect(readModelDirectory(directory)).rejects.toThrow(`names the shard "${shard}", which is not there`);
    }
  });

  test('says which file a directory lacks', async () => {
    await expect(readModelDirectory(directory)).rejects.toThrow('config.json is missing');
    await writeFile(join(directory, 'config.json'), await readFile(join(golden, 'config.json')));
    await expect(readModelDirectory(directory)).rejects.toThrow(
      'has neither model.safetensors nor model.safetensors.index.json',
    );
  });
});

describe('writeModelDirectory', () => {
  test('writes what readModelDirectory reads, with the tokenizer beside it, and the same bytes each time', async () => {
    const { config: own, parameters } = await readModelDirectory(golden);
    // With the end of the tokenizer that is written beside it.
    const config = { ...own, eosTokenIds: [...own.eosTokenIds, 256] };
    const [first, second, tokenizerDirectory] = ['first', 'second', 'tokenizer'].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    await writeTokenizer(
      tokenizerDirectory,
      trainTokenizer([], { vocabSize: 300, addedTokens: [], eosToken: '<eos>' }),
      '<eos>',
    );
    await writeModelDirectory(first, { config, parameters, dtype: 'float32', tokenizerDirectory });
    const back = await readModelDirectory(first);
    expect(back).toEqual({ config, parameters, tokenizerFiles: ['tokenizer.json', 'tokenizer_config.json'] });
    await writeModelDirectory(second, { ...back, dtype: 'float32', tokenizerDirectory: first });
    expect(await readdir(second)).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    for (const name of await readdir(second)) {
      expect((await readFile(join(second, name))).equals(await readFile(join(first, name)))).toBe(true);
    }
  });

  test('halves the file in bfloat16 and keeps three digits', async () => {
    const { config, parameters } = await readModelDirectory(golden);
    await writeModelDirectory(directory, { config, parameters, dtype: 'bfloat16', tokenizerDirectory: null });
    const back = await readModelDirectory(directory);
    for (const [name, { data }] of parameters) {
      back.parameters
        .get(name)!
        .data.forEach((value, i) => expect(Math.abs(value - data[i]!)).toBeLessThanOrEqual(Math.abs(data[i]!) / 256));
    }
    expect(JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'))).toMatchObject({
      torch_dtype: 'bfloat16',
    });
  });

  test('refuses parameters that are not those of the configuration', async () => {
    const { config, parameters } = await readModelDirectory(golden);
    parameters.delete('model.norm.weight');
    await expect(
      writeModelDirectory(directory, { config, parameters, dtype: 'float32', tokenizerDirectory: null }),
    ).rejects.toThrow('parameter "model.norm.weight"');
  });
});
