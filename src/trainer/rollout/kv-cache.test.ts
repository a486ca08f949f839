import { expect, test } from 'vitest';
import { CachedPath, KvCache } from './kv-cache.js';

const cacheOf = () => {
  const store = { slots: 0, ensure: (slots: number) => (store.slots = Math.max(store.slots, slots)) };
  return { store, cache: new KvCache(store) };
};

test('a fork shares the slots of its prefix and has its own from there on', () => {
  const { cache, store } = cacheOf();
  const trunk = CachedPath.root(cache);
  trunk.extend(3);
  const branch = trunk.fork();
  for (const path of [trunk, branch]) {
    path.enter();
    path.extend(2);
  }
  expect([...branch.slots(0, 3)]).toEqual([...trunk.slots(0, 3)]);
  const all = [...trunk.slots(0), ...branch.slots(3)];
  expect(new Set(all).size).toBe(7);
  expect(cache.size).toBe(7);
  expect(store.slots).toBe(7);
});

test('slots return when the last path lets go of their segment, and are used again', () => {
  const { cache, store } = cacheOf();
  const trunk = CachedPath.root(cache);
  trunk.extend(3);
  const branch = trunk.fork();
  branch.enter();
  branch.extend(2);
  trunk.release();
  expect(cache.size).toBe(5);
  branch.release();
  expect(cache.size).toBe(0);
  CachedPath.root(cache).extend(5);
  expect(store.slots).toBe(5);
});

test('a shared segment does not grow', () => {
  const { cache } = cacheOf();
  const trunk = CachedPath.root(cache);
  trunk.extend(1);
  trunk.fork();
  expect(() => trunk.extend(1)).toThrow('shared segment');
});

test('a long path keeps its slots in order', () => {
  const { cache } = cacheOf();
  const path = CachedPath.root(cache);
  for (let i = 0; i < 200; i++) path.extend(1);
  expect([...path.slots(0)]).toEqual(Array.from({ length: 200 }, (_, i) => i));
});
