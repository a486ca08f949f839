import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryBlobStore } from '../../store/blobs/directory-blob-store.js';
import { ArchiveSource } from './from-archive.js';
import { ModelFolder } from './model-folder.js';
import { ARCHIVE_LIMITS } from './read-archive.js';
import { TransferProgress } from './transfer-progress.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bough-from-archive-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Brings an archive of empty files. */
async function bring(...names: string[]): Promise<ModelFolder> {
  const blobs = new DirectoryBlobStore(join(root, 'blobs'));
  const tar = pack();
  for (const name of names) tar.entry({ name }, '{}');
  tar.finalize();
  const { sha256, sizeBytes: bytes } = await blobs.put(tar as unknown as Parameters<typeof blobs.put>[0]);
  const { signal } = new AbortController();
  const limits = { ...ARCHIVE_LIMITS, maxBytes: 2 ** 20 };
  const folder = new ModelFolder({ blobs, path: join(root, 'model'), maxBytes: 2 ** 20, signal });
  const progress = new TransferProgress(() => Promise.resolve());
  await new ArchiveSource({ blobs, sha256, bytes, limits, signal }, folder, progress).documents();
  return folder;
}

test('the model at the root is preferred to those in folders', async () => {
  const folder = await bring('config.json', 'model.safetensors', 'other/config.json', 'other/model.safetensors');
  expect(folder.files.map(({ name }) => name)).toEqual(['config.json', 'model.safetensors']);
});

test('what nobody reads is passed over, pickles too, and nothing of it is stored', async () => {
  const unread = [
    'training_args.bin',
    'optimizer.pt',
    'rng_state.pth',
    'pytorch_model.bin',
    'original/consolidated.00.pth',
    'original/params.json',
    '.cache/huggingface/download/config.json.metadata',
  ];
  const folder = await bring(...unread, 'config.json', 'model.safetensors');
  expect(folder.files.map(({ name }) => name)).toEqual(['config.json', 'model.safetensors']);
  const stored = await readdir(join(root, 'blobs'), { recursive: true, withFileTypes: true });
  // The archive, and what is in both files.
  expect(stored.filter((entry) => entry.isFile())).toHaveLength(2);
});

test('pickles alone are refused with what to do', async () => {
  await expect(bring('config.json', 'pytorch_model.bin')).rejects.toThrow(
    'there are no weights in safetensors, and pytorch_model.bin is a pickle, which can run code when it is read: convert the weights',
  );
});

test('of several models none is chosen, and not all of many are named', async () => {
  await expect(bring('a/config.json', 'b/config.json')).rejects.toThrow(
    'there is a config.json in each of a, b: pack one model',
  );
  const many = Array.from({ length: 30 }, (_, i) => `m${i}/config.json`);
  await expect(bring(...many)).rejects.toThrow(
    'there is a config.json in each of m0, m1, m2, m3, m4 and 25 more: pack one model',
  );
});
