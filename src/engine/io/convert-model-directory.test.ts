import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { convertModelDirectory } from './convert-model-directory.js';
import { readModelDirectory } from './model-directory.js';
import { readSafetensors, SafetensorsFile, writeSafetensors } from './safetensors.js';
import { trainTokenizer, writeTokenizer } from './train-tokenizer.js';

const golden = 'test/golden/llama-tiny';
let folder: string;
let [from, to] = ['', ''];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-'));
  [from, to] = [join(folder, 'from'), join(folder, 'to')];
  await writeTokenizer(from, trainTokenizer([], { vocabSize: 300, addedTokens: [], eosToken: '<eos>' }), '<eos>');
  for (const name of ['config.json', 'model.safetensors']) await copyFile(join(golden, name), join(from, name));
  await writeFile(join(from, 'optimizer.safetensors'), 'beside the model');
  await writeFile(join(from, 'LICENSE'), 'yours');
});
afterEach(() => rm(folder, { recursive: true }));

test.each([
  ['float32', 'F32', 0],
  ['bfloat16', 'BF16', 2 ** -8],
  ['float16', 'F16', 2 ** -11],
] as const)(
  'a model is written anew in %s with its licence, without what lies beside it',
  async (dtype, stored, precision) => {
    await convertModelDirectory(from, to, dtype);
    expect((await readdir(to)).sort()).toEqual([
      'LICENSE',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const file = await SafetensorsFile.open(join(to, 'model.safetensors'));
    expect(new Set([...file.entries.values()].map((entry) => entry.dtype))).toEqual(new Set([stored]));
    await file.close();
    expect(JSON.parse(await readFile(join(to, 'config.json'), 'utf8'))).toMatchObject({ torch_dtype: dtype });
    const [before, after] = [await readModelDirectory(from), await readModelDirectory(to)];
    expect(after.config).toEqual(before.config);
    for (const [name, { data }] of before.parameters) {
      const worst = after.parameters.get(name)!.data.reduce((most, value, i) => {
        // Below half precision's normal numbers the step is 2^-24.
        const allowed = Math.max(Math.abs(data[i]!) * precision, dtype === 'float16' ? 2 ** -25 : 0);
        return Math.max(most, Math.abs(value - data[i]!) - allowed);
      }, -Infinity);
      expect(worst).toBeLessThanOrEqual(0);
    }
  },
);

test('a value that float16 cannot hold is refused with its tensor', async () => {
  const path = join(from, 'model.safetensors');
  const tensors = await readSafetensors(path);
  tensors.get('model.norm.weight')!.data[3] = 1e5;
  await writeSafetensors(path, tensors);
  await expect(convertModelDirectory(from, to, 'float16')).rejects.toThrow(
    'tensor "model.norm.weight" holds 100000 at index 3, and float16 ends at 65504',
  );
});
