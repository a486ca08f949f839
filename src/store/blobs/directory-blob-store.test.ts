import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryBlobStore } from './directory-blob-store.js';

let root: string;
let store: DirectoryBlobStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bough-blobs-'));
  store = new DirectoryBlobStore(join(root, 'blobs'));
});
afterEach(() => rm(root, { recursive: true }));

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

test('a stream is stored under its sha256 and read back, whole or in part', async () => {
  const blob = await store.put(Readable.from([Buffer.from('hello '), Buffer.from('world')]));
  expect(blob).toEqual({ sha256: sha256('hello world'), sizeBytes: 11 });
  expect(await text(store.open(blob.sha256))).toBe('hello world');
  expect(await text(store.open(blob.sha256, { start: 6, end: 8 }))).toBe('wor');
});

test('a local file is stored without being changed', async () => {
  const file = join(root, 'weights');
  await writeFile(file, 'weights');
  const blob = await store.put(file);
  expect(await readFile(store.path(blob.sha256), 'utf8')).toBe('weights');
  expect(await readFile(file, 'utf8')).toBe('weights');
});

test('equal bytes are stored once, also when they arrive at the same time', async () => {
  const blobs = await Promise.all([1, 2, 3].map(() => store.put(Readable.from([Buffer.from('same')]))));
  expect(new Set(blobs.map((blob) => blob.sha256)).size).toBe(1);
  expect(await readdir(join(root, 'blobs', sha256('same').slice(0, 2)))).toEqual([sha256('same')]);
  expect(await readdir(join(root, 'blobs', 'staging'))).toEqual([]);
});

test('a stream that fails half-way leaves nothing', async () => {
  async function* broken() {
    yield Buffer.from('half');
    await Promise.resolve();
    throw new Error('connection lost');
  }
  await expect(store.put(Readable.from(broken()))).rejects.toThrow('connection lost');
  expect(await readdir(join(root, 'blobs', 'staging'))).toEqual([]);
  expect(await store.has(sha256('half'))).toBe(false);
});

test('a deleted blob is gone, and deleting it again is no error', async () => {
  const { sha256: name } = await store.put(Readable.from([Buffer.from('x')]));
  expect(await store.storedAt(name)).toBeInstanceOf(Date);
  await store.delete(name);
  await store.delete(name);
  expect(await store.storedAt(name)).toBeNull();
});

test('what is not a sha256 never becomes a path', () => {
  expect(() => store.path('../../etc/passwd')).toThrow(TypeError);
});
