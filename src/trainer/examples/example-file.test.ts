import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExampleFile, ExampleOrder } from './example-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

const example = (index: number, content: string) => ({ index, messages: [{ role: 'user' as const, content }] });

describe('an example file', () => {
  test.each(['\n', ''])('gives any line, in any order, whether or not the last one ends (%j)', async (end) => {
    const path = join(folder, 'examples');
    const examples = [example(0, 'prière'), example(7, 'x'.repeat(3_000_000)), example(8, 'last')];
    await writeFile(path, examples.map((line) => JSON.stringify(line)).join('\n') + end);
    const file = await ExampleFile.open(path);
    expect(file.count).toBe(3);
    for (const line of [2, 0, 1]) expect(await file.read(line)).toEqual(examples[line]);
    await file.close();
  });

  test('is as if it did not have the lines that are dropped', async () => {
    const path = join(folder, 'dropped');
    await writeFile(path, [0, 1, 2, 3, 4].map((index) => JSON.stringify(example(index, 'x'))).join('\n'));
    const file = await ExampleFile.open(path);
    file.drop(new Set([1, 3]));
    file.drop(new Set([0]));
    expect(file.count).toBe(2);
    expect([(await file.read(0)).index, (await file.read(1)).index]).toEqual([2, 4]);
    await file.close();
  });

  test('without a line is refused', async () => {
    const path = join(folder, 'empty');
    await writeFile(path, '');
    await expect(ExampleFile.open(path)).rejects.toMatchObject({ code: 'dataset_empty' });
  });
});

describe('the order of examples', () => {
  const epoch = (order: ExampleOrder, start: number) => [0, 1, 2, 3, 4].map((i) => order.lineAt(start + i));

  test('has every line once in each epoch, another way each time', () => {
    const order = new ExampleOrder(5, 3, true);
    for (const start of [0, 5, 10]) expect(epoch(order, start).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
    expect(epoch(order, 0)).not.toEqual(epoch(order, 5));
  });

  test('is a function of the place, wherever one begins', () => {
    const whole = epoch(new ExampleOrder(5, 3, true), 5);
    expect(epoch(new ExampleOrder(5, 3, true), 5)).toEqual(whole);
    expect(epoch(new ExampleOrder(5, 4, true), 5)).not.toEqual(whole);
  });

  test('is that of the file without shuffling', () => {
    expect(epoch(new ExampleOrder(3, 3, false), 2)).toEqual([2, 0, 1, 2, 0]);
  });
});
