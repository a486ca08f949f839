import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, SafetensorsFile, writeSafetensors } from './safetensors.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A file with this header and this much data. */
async function fileOf(header: unknown, dataBytes: number): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(directory, 'crafted.safetensors');
  await writeFile(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
  return path;
}

describe('a round trip', () => {
  test('keeps every element type, shape and name', async () => {
    const path = join(directory, 'all.safetensors');
    const tensors = new Map([
      ['b', { shape: [2, 2], data: Float32Array.of(1, -2, 0.1, NaN) }],
      ['a', { shape: [3], data: Int32Array.of(1, -1, 2 ** 31 - 1) }],
      ['long', { shape: [1], data: BigInt64Array.of(-5n) }],
      ['double', { shape: [], data: Float64Array.of(0.1) }],
      ['empty', { shape: [0, 4], data: new Float32Array(0) }],
    ]);
    await writeSafetensors(path, tensors);
    const read = await readSafetensors(path);
    expect(read).toEqual(tensors);
  });

  test('rounds to bfloat16 where asked', async () => {
    const path = join(directory, 'bf16.safetensors');
    await writeSafetensors(path, new Map([['w', { shape: [2], data: Float32Array.of(0.1, 1), dtype: 'BF16' }]]));
    expect((await readFile(path)).length % 8).toBe(4);
    expect([...(await readSafetensors(path)).get('w')!.data]).toEqual([Math.fround(0.10009765625), 1]);
  });

  test('rounds to float16 where asked, and refuses what it cannot hold by tensor, value and place', async () => {
    const path = join(directory, 'f16.safetensors');
    const tensor = { shape: [2], data: Float32Array.of(0.1, 65504), dtype: 'F16' as const };
    await writeSafetensors(path, new Map([['w', tensor]]));
    expect([...(await readSafetensors(path)).get('w')!.data]).toEqual([0.0999755859375, 65504]);
    const large = { ...tensor, data: Float32Array.of(1, -70000) };
    await expect(writeSafetensors(path, new Map([['mlp.weight', large]]))).rejects.toThrow(
      'tensor "mlp.weight" holds -70000 at index 1, and float16 ends at 65504',
    );
  });

  test('takes tensors that are read when their turn has come, and holds them to their shape', async () => {
    const path = join(directory, 'streamed.safetensors');
    const streamed = (...values: number[]) => ({
      shape: [2],
      dtype: 'BF16' as const,
      read: () => Promise.resolve(Float32Array.from(values)),
    });
    await writeSafetensors(path, new Map([['w', streamed(1, -2)]]));
    expect(await readSafetensors(path)).toEqual(new Map([['w', { shape: [2], data: Float32Array.of(1, -2) }]]));
    await expect(writeSafetensors(path, new Map([['w', streamed(1)]]))).rejects.toThrow(
      'tensor "w" of shape [2] has 1 elements',
    );
  });

  test('gives the same bytes whatever the order of the tensors', async () => {
    const [a, b] = [
      { shape: [1], data: Float32Array.of(1) },
      { shape: [1], data: BigInt64Array.of(2n) },
    ];
    const bytes = [];
    for (const entries of [
      [
        ['x', a],
        ['y', b],
      ],
      [
        ['y', b],
        ['x', a],
      ],
    ] as const) {
      const path = join(directory, 'order.safetensors');
      await writeSafetensors(path, new Map<string, typeof a | typeof b>(entries), { format: 'pt' });
      bytes.push(await readFile(path));
    }
    expect(bytes[0]!.equals(bytes[1]!)).toBe(true);
    expect(bytes[0]!.toString('latin1', 8)).toContain('"__metadata__":{"format":"pt"}');
  });

  test('refuses a tensor whose data does not fill its shape', async () => {
    const tensors = new Map([['w', { shape: [3], data: new Float32Array(2) }]]);
    await expect(writeSafetensors(join(directory, 'x'), tensors)).rejects.toThrow(
      'tensor "w" of shape [3] has 2 elements',
    );
  });
});

test('reads floats of any width as float32 on request, and nothing else', async () => {
  const path = join(directory, 'float.safetensors');
  await writeSafetensors(
    path,
    new Map([
      ['d', { shape: [1], data: Float64Array.of(0.1) }],
      ['i', { shape: [1], data: Int32Array.of(1) }],
    ]),
  );
  const file = await SafetensorsFile.open(path);
  expect((await file.readFloat32('d')).data).toEqual(Float32Array.of(0.1));
  await expect(file.readFloat32('i')).rejects.toThrow('tensor "i" is I32, not floating point');
  await expect(file.read('z')).rejects.toThrow(`${path}: has no tensor "z"`);
  await file.close();
});

describe('a file whose header does not describe it is refused', () => {
  const f32 = (begin: number, end: number) => ({
    dtype: 'F32',
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
  });

  test.each([
    ['truncated data', { a: f32(0, 8), b: f32(8, 16) }, 12, /truncated: tensor "b" ends at byte \d+, the file has \d+/],
    ['data that nothing describes', { a: f32(0, 8) }, 12, '4 bytes after the last tensor'],
    ['overlap', { a: f32(0, 8), b: f32(4, 12) }, 12, 'tensor "b" overlaps'],
    ['a gap', { a: f32(0, 4), b: f32(8, 12) }, 12, '4 unused bytes before tensor "b"'],
    [
      'a shape of another size',
      { a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } },
      8,
      'tensor "a" is F32 [3] but has 8 bytes',
    ],
    [
      'an unknown dtype',
      { a: { dtype: 'Q4', shape: [1], data_offsets: [0, 4] } },
      4,
      'tensor "a" has the unknown dtype Q4',
    ],
    [
      'a negative size',
      { a: { dtype: 'F32', shape: [-1], data_offsets: [0, -4] } },
      0,
      'tensor "a" has a malformed header entry',
    ],
    ['no JSON', '{"a":', 0, 'the header is not JSON'],
    ['a list', [], 0, 'the header is not a JSON object'],
  ])('%s', async (_, header, dataBytes, message) => {
    const path = await fileOf(header, dataBytes);
    await expect(SafetensorsFile.open(path)).rejects.toThrow(message);
    await expect(SafetensorsFile.open(path)).rejects.toThrow(path);
  });

  test('a file cut inside its header', async () => {
    const path = await fileOf({ a: f32(0, 8) }, 8);
    await truncate(path, 20);
    await expect(SafetensorsFile.open(path)).rejects.toThrow('truncated: the header ends at byte');
    await truncate(path, 3);
    await expect(SafetensorsFile.open(path)).rejects.toThrow('it has 3 bytes');
  });
});
