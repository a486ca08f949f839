/** What every blob store must do. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { BlobStore } from '../../src/store/blobs/blob-store.js';

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
const stream = (...parts: string[]) => Readable.from(parts.map((part) => Buffer.from(part)));

async function listed(store: BlobStore, before: Date): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list(before)) names.push(name);
  return names;
}

/** Registers tests. @param store each test gets an empty one, @param staged how many staged blobs the store holds */
export function blobStoreTests(store: () => BlobStore, staged: () => Promise<number>): void {
  test('a stream is stored under its sha256 and read back, whole or in part', async () => {
    const blob = await store().put(stream('hello ', 'world'));
    expect(blob).toEqual({ sha256: sha256('hello world'), sizeBytes: 11 });
    expect(await text(store().open(blob.sha256))).toBe('hello world');
    expect(await text(store().open(blob.sha256, { start: 6, end: 8 }))).toBe('wor');
    expect(await store().size(blob.sha256)).toBe(11);
  });

  test('no bytes at all are a blob too', async () => {
    const blob = await store().put(stream());
    expect(blob).toEqual({ sha256: sha256(''), sizeBytes: 0 });
    expect([await store().size(blob.sha256), await text(store().open(blob.sha256))]).toEqual([0, '']);
  });

  test('many megabytes in uneven pieces come back as they were', async () => {
    const bytes = randomBytes(40 * 2 ** 20 + 17);
    const pieces = Array.from({ length: 7 }, (_, i) =>
      bytes.subarray((i * bytes.length) / 7, ((i + 1) * bytes.length) / 7),
    );
    const blob = await store().put(Readable.from(pieces));
    expect(blob).toEqual({ sha256: sha256(bytes), sizeBytes: bytes.length });
    expect(bytes.equals(await buffer(store().open(blob.sha256)))).toBe(true);
    expect(await staged()).toBe(0);
  });

  test('a local file is stored', async () => {
    const file = join(tmpdir(), `bough-blob-${randomUUID()}`);
    await writeFile(file, 'weights');
    try {
      const blob = await store().put(file);
      expect(await text(store().open(blob.sha256))).toBe('weights');
    } finally {
      await rm(file);
    }
  });

  test('equal bytes are stored once, also when they arrive at the same time', async () => {
    const blobs = await Promise.all([1, 2, 3].map(() => store().put(stream('same'))));
    expect(new Set(blobs.map((blob) => blob.sha256)).size).toBe(1);
    expect(await listed(store(), new Date(Date.now() + 60_000))).toEqual([sha256('same')]);
    expect(await staged()).toBe(0);
  });

  test('a stream that fails half-way leaves nothing', async () => {
    async function* broken() {
      yield Buffer.from('half');
      await Promise.resolve();
      throw new Error('connection lost');
    }
    await expect(store().put(Readable.from(broken()))).rejects.toThrow('connection lost');
    expect(await staged()).toBe(0);
    expect(await store().has(sha256('half'))).toBe(false);
  });

  test('a staged blob is in the store only when it is kept', async () => {
    const kept = await store().stage(stream('kept'));
    const discarded = await store().stage(stream('discarded'));
    expect(await store().has(kept.sha256)).toBe(false);
    await kept.keep();
    await discarded.discard();
    expect([await store().has(kept.sha256), await store().has(discarded.sha256)]).toEqual([true, false]);
    expect(await staged()).toBe(0);
  });

  test('a blob that is not there is named, by reading and by size', async () => {
    const absent = sha256('absent');
    await expect(text(store().open(absent))).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect([await store().size(absent), await store().has(absent)]).toEqual([null, false]);
  });

  test('a deleted blob is gone, and deleting it again is no error', async () => {
    const { sha256: name } = await store().put(stream('x'));
    await store().delete(name);
    await store().delete(name);
    expect(await store().has(name)).toBe(false);
  });

  test('only blobs older than the given time are listed, and putting one again makes it new', async () => {
    const { sha256: name } = await store().put(stream('old'));
    // Stores tell times to the second.
    await sleep(1100);
    const before = new Date();
    expect(await listed(store(), before)).toEqual([name]);
    await sleep(1100);
    await store().put(stream('old'));
    expect(await listed(store(), before)).toEqual([]);
  });

  test('what was staged and forgotten is removed, what is being staged stays', async () => {
    await store().stage(stream('forgotten'));
    await store().discardAbandoned(new Date(Date.now() - 60_000));
    expect(await staged()).toBe(1);
    await store().discardAbandoned(new Date(Date.now() + 60_000));
    expect(await staged()).toBe(0);
  });

  test('a store that nobody has written to is empty', async () => {
    expect(await listed(store(), new Date())).toEqual([]);
    await store().discardAbandoned(new Date());
  });

  test('what is not a sha256 never becomes a name', async () => {
    await expect((async () => text(store().open('../../etc/passwd')))()).rejects.toThrow(TypeError);
    await expect(store().size('../../etc/passwd')).rejects.toThrow(TypeError);
  });
}
