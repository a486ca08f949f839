import { expect, test } from 'vitest';
import type { DecoderConfig } from './config.js';
import { KeyValueStore } from './key-value-store.js';

const config = { layers: 2, kvHeads: 1, headDim: 4 } as DecoderConfig;

test('the store grows by pages, in place: what is stored stays where it was', () => {
  const store = new KeyValueStore(config);
  const [keys] = store.keys;
  keys!.set([1, 2, 3, 4], 4 * 1023);
  store.ensure(1024);
  expect(store.capacity).toBe(1024);
  store.ensure(2500);
  expect(store.capacity).toBe(3072);
  expect(store.keys[0]).toBe(keys);
  expect(keys).toHaveLength(3072 * 4);
  expect([...keys!.subarray(4 * 1023, 4 * 1025)]).toEqual([1, 2, 3, 4, 0, 0, 0, 0]);
});

test('a cleared store is empty, and zero where it grows again', () => {
  const store = new KeyValueStore(config);
  store.ensure(10);
  store.values[1]!.fill(5);
  store.clear();
  expect([store.capacity, store.values[1]!.length]).toEqual([0, 0]);
  store.ensure(10);
  expect(store.values[1]!.every((x) => x === 0)).toBe(true);
});

test('more than a layer can hold is refused with the number', () => {
  expect(() => new KeyValueStore(config).ensure(2 ** 29)).toThrow(/536870912 cached tokens need \d+ bytes/);
});
