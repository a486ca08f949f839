import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryBlobStore } from '../../store/blobs/directory-blob-store.js';
import { ModelFolder } from './model-folder.js';

let root: string;
let blobs: DirectoryBlobStore;
let folder: ModelFolder;
const stop = new AbortController();
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bough-folder-'));
  blobs = new DirectoryBlobStore(join(root, 'blobs'));
  folder = new ModelFolder({ blobs, path: join(root, 'model'), maxBytes: 100, signal: stop.signal });
});
afterEach(() => rm(root, { recursive: true }));

const bytes = (count: number) => Readable.from([Buffer.alloc(count, 'x')]);

test('a file is stored, and lies in the folder', async () => {
  const file = await folder.add('config.json', bytes(40));
  expect(file).toMatchObject({ name: 'config.json', size_bytes: 40 });
  expect(await blobs.has(file.sha256)).toBe(true);
  expect(await folder.text('config.json')).toBe('x'.repeat(40));
  expect(await folder.text('index.json')).toBe('');
});

test('the limit is for all files together, and what exceeds it is not stored', async () => {
  await folder.add('config.json', bytes(60));
  const message = 'a model may have 100 bytes: bring a smaller one, or have MAX_MODEL_BYTES raised';
  await expect(folder.add('model.safetensors', bytes(41))).rejects.toThrow(message);
  expect(folder.files.map(({ name }) => name)).toEqual(['config.json']);
  expect(await readdir(join(root, 'model'))).toEqual(['config.json']);
  expect(() => folder.checkSize(101)).toThrow(`it has 101 bytes, and ${message}`);
});

test('what is too large for its name is refused, whatever was said of it before', async () => {
  const large = new ModelFolder({ blobs, path: join(root, 'large'), maxBytes: 2 ** 30, signal: stop.signal });
  await expect(large.add('README.md', bytes(2 ** 20 + 1))).rejects.toThrow('README.md is larger than 1048576 bytes');
  await expect(large.add('tokenizer.json', bytes(2 ** 26 + 1))).rejects.toThrow(
    'tokenizer.json is larger than 67108864 bytes',
  );
  expect(large.sizeBytes).toBe(0);
});

test('a file that is dropped is no part of the model any more', async () => {
  await folder.add('b.safetensors', bytes(1));
  await folder.add('a.safetensors', bytes(2));
  await folder.drop('b.safetensors');
  expect(folder.files.map(({ name }) => name)).toEqual(['a.safetensors']);
  expect(await readdir(join(root, 'model'))).toEqual(['a.safetensors']);
});

test('the work ends when it is to stop', async () => {
  stop.abort(new Error('cancelled'));
  await expect(folder.add('config.json', bytes(1))).rejects.toThrow('cancelled');
});
