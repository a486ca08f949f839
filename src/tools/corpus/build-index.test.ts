import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { indexOf, indexPath } from '../../../test/support/corpus.js';
import { buildIndex } from './build-index.js';

const never = new AbortController().signal;
const texts = Array.from({ length: 100 }, (_, i) => `document ${i} of ${i % 7}`);

async function* pagesOf(size: number) {
  for (let at = 0; at < texts.length; at += size) yield await Promise.resolve(texts.slice(at, at + size));
}

test('a thread makes the same index, however the texts come', async () => {
  const expected = readFileSync(indexOf(texts));
  for (const size of [7, 100]) {
    const path = indexPath();
    await buildIndex(pagesOf(size), path, never);
    expect(readFileSync(path).equals(expected)).toBe(true);
  }
});

test('texts that cannot be read, a path that cannot be written and a signal end it', async () => {
  async function* broken() {
    yield await Promise.resolve(texts);
    throw new Error('the connection is lost');
  }
  await expect(buildIndex(broken(), indexPath(), never)).rejects.toThrow('the connection is lost');
  await expect(buildIndex(pagesOf(7), indexOf(texts), never)).rejects.toThrow('EEXIST');
  const abort = new AbortController();
  async function* endless() {
    for (;;) yield await sleep(1, texts);
  }
  const building = buildIndex(endless(), indexPath(), abort.signal);
  setTimeout(() => abort.abort(new Error('enough')), 300);
  await expect(building).rejects.toThrow('enough');
});
