import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
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

async function listed(before: Date): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list(before)) names.push(name);
  return names;
}

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

test('a staged blob is in the store only when it is kept', async () => {
  const kept = await store.stage(Readable.from([Buffer.from('kept')]));
  const discarded = await store.stage(Readable.from([Buffer.from('discarded')]));
  expect(await store.has(kept.sha256)).toBe(false);
  await kept.keep();
  await discarded.discard();
  expect([await store.has(kept.sha256), await store.has(discarded.sha256)]).toEqual([true, false]);
  expect(await readdir(join(root, 'blobs', 'staging'))).toEqual([]);
});

test('a deleted blob is gone, and deleting it again is no error', async () => {
  const { sha256: name } = await store.put(Readable.from([Buffer.from('x')]));
  await store.delete(name);
  await store.delete(name);
  expect(await store.has(name)).toBe(false);
});

test('only blobs older than the given time are listed, and putting one again makes it new', async () => {
  const { sha256: name } = await store.put(Readable.from([Buffer.from('old')]));
  await utimes(store.path(name), new Date(0), new Date(0));
  const before = new Date(1000);
  expect(await listed(before)).toEqual([name]);
  await store.put(Readable.from([Buffer.from('old')]));
  expect(await listed(before)).toEqual([]);
});

test('what was staged and forgotten is removed, what is being staged stays', async () => {
  const staging = join(root, 'blobs', 'staging');
  await mkdir(staging, { recursive: true });
  await writeFile(join(staging, 'forgotten'), 'x');
  await utimes(join(staging, 'forgotten'), new Date(0), new Date(0));
  const fresh = await store.stage(Readable.from([Buffer.from('fresh')]));
  await store.discardAbandoned(new Date(1000));
  expect(await readdir(staging)).toHaveLength(1);
  await fresh.discard();
});

test('a store that nobody has written to is empty', async () => {
  expect(await listed(new Date())).toEqual([]);
  await store.discardAbandoned(new Date());
});

test('what is not a sha256 never becomes a path', () => {
  expect(() => store.path('../../etc/passwd')).toThrow(TypeError);
});
