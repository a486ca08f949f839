/** Blobs in a bucket: the store alone, and a service that has its files there. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { S3BlobStore } from '../src/store/blobs/s3-blob-store.js';
import { blobStoreTests } from './support/blob-store-tests.js';
import { S3Server } from './support/s3-server.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { WholeService } from './support/whole-service.js';

let server: S3Server;

beforeAll(async () => {
  // Where the SDK looks for them, in this process and in those that it starts.
  Object.assign(process.env, S3Server.env);
  server = await S3Server.open('blobs', 'service');
}, 300_000);
afterAll(() => server.stop());

async function keysOf(Bucket: string, Prefix: string): Promise<string[]> {
  const { Contents } = await server.client.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return (Contents ?? []).map(({ Key }) => Key!);
}

describe('a blob store in a bucket', () => {
  let prefix: string;
  let store: S3BlobStore;

  beforeEach(async () => {
    prefix = `tests/${randomUUID()}`;
    store = await S3BlobStore.open({ name: 'blobs', prefix }, server.endpoint);
  });
  afterEach(() => store.close());

  blobStoreTests(
    () => store,
    async () => (await keysOf('blobs', `${prefix}/staging/`)).length,
  );

  test('a server that has gone is named, whatever is asked', async () => {
    const proxy = await TcpProxy.before(server.endpoint);
    const cut = await S3BlobStore.open({ name: 'blobs', prefix }, proxy.url);
    await proxy.cut();
    const { sha256 } = await store.put(Readable.from([Buffer.from('x')]));
    const gone = { code: 'ECONNREFUSED', message: expect.stringContaining('the bucket blobs cannot be reached: ') };
    await expect(cut.size(sha256)).rejects.toMatchObject(gone);
    await expect(text(cut.open(sha256))).rejects.toMatchObject(gone);
    await expect(cut.put(Readable.from([Buffer.from('x')]))).rejects.toMatchObject(gone);
    cut.close();
  });

  test('what is too large for one request is copied to its name in parts', async () => {
    const parts = await S3BlobStore.open({ name: 'blobs', prefix }, server.endpoint, 6 * 2 ** 20);
    const content = 'abcdefgh'.repeat(2 ** 21);
    const { sha256 } = await parts.put(Readable.from([Buffer.from(content)]));
    expect((await text(parts.open(sha256))) === content).toBe(true);
    expect(await keysOf('blobs', `${prefix}/staging/`)).toEqual([]);
    parts.close();
  });

  test('uploads in parts that their process has not finished are given up', async () => {
    const Bucket = 'blobs';
    const at = (folder: string) => ({ Bucket, Key: `${prefix}/${folder}/x` });
    for (const folder of ['staging', 'of-others'])
      await server.client.send(new CreateMultipartUploadCommand(at(folder)));
    await store.discardAbandoned(new Date(Date.now() + 60_000));
    const { Uploads } = await server.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix }));
    expect((Uploads ?? []).map(({ Key }) => Key)).toEqual([at('of-others').Key]);
  });

  test.each([
    ['that does not exist', 'nowhere', () => server.endpoint, /the bucket nowhere does not exist: create it/],
    [
      'of a server that is not there',
      'blobs',
      () => 'http://127.0.0.1:9',
      /the bucket blobs cannot be reached: .*ECONNREFUSED/,
    ],
  ])('a bucket %s is refused at the start', async (_, name, endpoint, message) => {
    await expect(S3BlobStore.open({ name, prefix: '' }, endpoint())).rejects.toThrow(message);
  });
});

test('a service keeps datasets, models and checkpoints in a bucket, and nothing in its folder', async () => {
  const service = await WholeService.open({ BLOB_BUCKET: 's3://service/bough', S3_ENDPOINT: server.endpoint });
  try {
    const { tenant } = service;
    const { body } = await tenant.post(
      '/v1/runs',
      service.arpo({ evaluation: undefined, training: { steps: 1, prompts_per_step: 1 } }),
    );
    const run = await tenant.bough.waitForRun(body.id as string);
    expect([run.status, run.error]).toEqual(['succeeded', null]);
    const { data } = (await tenant.get(`/v1/runs/${run.id}/checkpoints`)).body;
    const keys = await keysOf('service', 'bough/blobs/');
    for (const { sha256 } of data[0].files) expect(keys).toContain(`bough/blobs/${sha256.slice(0, 2)}/${sha256}`);
    expect(await keysOf('service', 'bough/staging/')).toEqual([]);
    const inFolder = service.api.blobs.list(new Date(Date.now() + 60_000));
    expect(await Readable.from(inFolder).toArray()).toEqual([]);
  } finally {
    await service.close();
  }
});
