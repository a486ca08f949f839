import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryBlobStore } from '../../store/blobs/directory-blob-store.js';
import { materialise, putFolder } from './stored-files.js';

let folder: string;
let blobs: DirectoryBlobStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-files-'));
  blobs = new DirectoryBlobStore(join(folder, 'blobs'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a folder goes into the store and comes out again, below another path', async () => {
  await mkdir(join(folder, 'in', 'onnx'), { recursive: true });
  await writeFile(join(folder, 'in', 'config.json'), '{}');
  await writeFile(join(folder, 'in', 'onnx', 'model.onnx'), 'graph');
  const files = await putFolder(blobs, join(folder, 'in'));
  expect(files.map(({ name, size_bytes }) => [name, size_bytes])).toEqual([
    ['config.json', 2],
    ['onnx/model.onnx', 5],
  ]);
  await materialise(blobs, files, join(folder, 'out'));
  expect(await readFile(join(folder, 'out', 'onnx', 'model.onnx'), 'utf8')).toBe('graph');
});

test('what lies in the folder survives the deletion of its blob', async () => {
  await mkdir(join(folder, 'in'));
  await writeFile(join(folder, 'in', 'weights'), 'w');
  const files = await putFolder(blobs, join(folder, 'in'));
  await materialise(blobs, files, join(folder, 'out'));
  await blobs.delete(files[0]?.sha256 ?? '');
  expect(await readFile(join(folder, 'out', 'weights'), 'utf8')).toBe('w');
});

test('a store without local files is read from', async () => {
  await mkdir(join(folder, 'in'));
  await writeFile(join(folder, 'in', 'weights'), 'remote');
  const files = await putFolder(blobs, join(folder, 'in'));
  const remote = { open: (sha256: string) => blobs.open(sha256), size: (sha256: string) => blobs.size(sha256) };
  await materialise(remote, files, join(folder, 'out'));
  expect(await readFile(join(folder, 'out', 'weights'), 'utf8')).toBe('remote');
});

test('bytes that have been cut off are not taken for the file', async () => {
  await mkdir(join(folder, 'in'));
  await writeFile(join(folder, 'in', 'weights'), 'weights');
  const files = await putFolder(blobs, join(folder, 'in'));
  await truncate(blobs.path(files[0]?.sha256 ?? ''), 3);
  await expect(materialise(blobs, files, join(folder, 'out'))).rejects.toMatchObject({
    code: 'BLOB_DAMAGED',
    category: 'server',
    message: expect.stringContaining('which has 3 of 7'),
  });
});

test('a name that leads out of the folder is refused', async () => {
  const files = [{ name: '../escaped', sha256: '0'.repeat(64), size_bytes: 0 }];
  await expect(materialise(blobs, files, join(folder, 'out'))).rejects.toThrow('leaves its folder');
});
