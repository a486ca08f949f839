import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Dataset } from '../src/store/entities/dataset.entity.js';
import { ApiHarness, type Answer } from './support/api-harness.js';
import { SmallDisk } from './support/small-disk.js';

const disk = SmallDisk.mount(2 ** 20);

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.open(disk ? { BLOB_DIR: join(disk.path, 'blobs') } : {});
});
afterAll(async () => {
  await api.close();
  disk?.unmount();
});
beforeEach(({ skip }) => skip(disk === null, 'only root may mount a small disk'));

function upload(bytes: number): Promise<Answer> {
  const form = new FormData();
  form.append('kind', 'rl');
  form.append('file', new Blob(['x'.repeat(bytes)]), 'a.jsonl');
  return api.tenant.send('POST', '/v1/datasets', form);
}

async function promptly(answer: Promise<Answer>): Promise<[status: number, code: string]> {
  const started = Date.now();
  const { status, body } = await answer;
  expect(Date.now() - started).toBeLessThan(5000);
  return [status, body.error.code];
}

const staged = () => readdir(join(disk?.path ?? '', 'blobs/staging'));

test('an upload that the disk has no room for is refused at once and leaves nothing', async () => {
  expect(await promptly(upload(8 * 2 ** 20))).toEqual([507, 'storage_full']);
  expect(await staged()).toEqual([]);
  expect(await api.dataSource.manager.count(Dataset)).toBe(0);
  expect((await upload(2 ** 18)).status).toBe(201);
});

test('an upload that cannot be written for another reason is answered at once', async () => {
  disk?.remount('ro');
  try {
    expect(await promptly(upload(100))).toEqual([500, 'internal']);
  } finally {
    disk?.remount('rw');
  }
  expect(await staged()).toEqual([]);
});
