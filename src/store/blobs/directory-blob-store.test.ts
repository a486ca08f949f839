import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { blobStoreTests } from '../../../test/support/blob-store-tests.js';
import { DirectoryBlobStore } from './directory-blob-store.js';

let root: string;
let store: DirectoryBlobStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bough-blobs-'));
  store = new DirectoryBlobStore(join(root, 'blobs'));
});
afterEach(() => rm(root, { recursive: true }));

blobStoreTests(
  () => store,
  async () => (await readdir(join(root, 'blobs', 'staging'))).length,
);

test('a local file is stored without being changed, and the store has a file of its own', async () => {
  const file = join(root, 'weights');
  await writeFile(file, 'weights');
  const blob = await store.put(file);
  expect(await readFile(store.path(blob.sha256), 'utf8')).toBe('weights');
  expect(await readFile(file, 'utf8')).toBe('weights');
});
