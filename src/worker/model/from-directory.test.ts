import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryBlobStore } from '../../store/blobs/directory-blob-store.js';
import { DirectorySource } from './from-directory.js';
import { ModelFolder } from './model-folder.js';
import { TransferProgress } from './transfer-progress.js';

let root: string;
let model: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bough-from-directory-'));
  model = join(root, 'models', 'tiny');
  await mkdir(model, { recursive: true });
  await writeFile(join(model, 'config.json'), '{}');
  await writeFile(join(model, 'model.safetensors'), 'weights');
});
afterEach(() => rm(root, { recursive: true }));

const progress = new TransferProgress(() => Promise.resolve());

async function bring(modelsDir: string | undefined = join(root, 'models')): Promise<ModelFolder> {
  const blobs = new DirectoryBlobStore(join(root, 'blobs'));
  const { signal } = new AbortController();
  const folder = new ModelFolder({ blobs, path: join(root, 'copy'), maxBytes: 2 ** 30, signal });
  const source = new DirectorySource(modelsDir, 'tiny', folder, progress);
  await source.documents();
  expect(progress.total).toBeNull();
  await source.weights();
  return folder;
}

test('how much there is is told once the weights are known', async () => {
  expect((await bring()).files.map(({ name }) => name)).toEqual(['config.json', 'model.safetensors']);
  expect(progress.total).toBe(9);
  progress.total = null;
});

test('a worker without MODELS_DIR says so, and where another one lies is not told', async () => {
  const blobs = new DirectoryBlobStore(join(root, 'blobs'));
  const { signal } = new AbortController();
  const folder = new ModelFolder({ blobs, path: join(root, 'copy'), maxBytes: 1, signal });
  await expect(new DirectorySource(undefined, 'tiny', folder, progress).documents()).rejects.toThrow(
    'this worker has no MODELS_DIR: set it to the folder that models may be taken from',
  );
  const gone = bring(join(root, 'gone'));
  await expect(gone).rejects.toThrow("MODELS_DIR is not there on this worker's machine: have it mounted");
  await gone.catch((error: Error) => expect(error.message).not.toContain(root));
});

test('a link that leads nowhere is named', async () => {
  await symlink(join(root, 'gone'), join(model, 'tokenizer.json'));
  await expect(bring()).rejects.toThrow('tokenizer.json is a symbolic link that leads nowhere');
});

test('a folder in the place of a file is named', async () => {
  await mkdir(join(model, 'tokenizer.json'));
  await expect(bring()).rejects.toThrow('tokenizer.json is not an ordinary file');
});

test('a document that is too large is refused before it is read', async () => {
  await writeFile(join(model, 'tokenizer.json'), '');
  await truncate(join(model, 'tokenizer.json'), 2 ** 26 + 1);
  await expect(bring()).rejects.toThrow('tokenizer.json is larger than 67108864 bytes');
});

/** Root may read everything. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const user = process.geteuid?.();
  if (user === 0) process.seteuid?.(65_534);
  await work().finally(() => user === 0 && process.seteuid?.(0));
}

test("what the worker's user may not read is named with its remedy", async () => {
  await chmod(root, 0o777);
  const refusal = async (path: string): Promise<string> => {
    await chmod(path, 0);
    let message = '';
    await asNobody(() =>
      bring().then(
        () => undefined,
        (error: Error) => void (message = error.message),
      ),
    );
    await chmod(path, 0o755);
    return message;
  };
  const remedy = 'have it made readable (chmod -R a+rX)';
  expect(await refusal(join(root, 'models'))).toContain(`the worker's user may not read tiny: ${remedy}`);
  expect(await refusal(model)).toContain(`the worker's user may not read tiny: ${remedy}`);
  expect(await refusal(join(model, 'config.json'))).toContain(`the worker's user may not read config.json: ${remedy}`);
});
