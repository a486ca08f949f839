/** Blobs in a bucket: the store alone, and a service that has its files there. */
import { randomUUID } from 'node:crypto';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
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
    await Promise.all([
      expect(cut.size(sha256)).rejects.toMatchObject(gone),
      expect(text(cut.open(sha256))).rejects.toMatchObject(gone),
      expect(cut.put(Readable.from([Buffer.from('x')]))).rejects.toMatchObject(gone),
      expect(cut.reach(AbortSignal.timeout(10_000))).rejects.toMatchObject(gone),
    ]);
    cut.close();
  });

  test.each([
    ['a small file', 1000],
    ['a file in parts', 40 * 2 ** 20],
  ])('the connection is cut for 300 ms while %s is uploaded, and nothing is lost', async (_, bytes) => {
    const proxy = await TcpProxy.before(server.endpoint);
    const cut = await S3BlobStore.open({ name: 'blobs', prefix }, proxy.url);
    const content = Buffer.alloc(bytes, 'weights');
    async function* slowly() {
      yield content.subarray(0, bytes / 2);
      const away = proxy.cut().then(() => sleep(300).then(() => proxy.restore()));
      yield content.subarray(bytes / 2);
      await (bytes > 1000 ? away : undefined);
    }
    const { sha256, sizeBytes } = await cut.put(Readable.from(slowly()));
    expect(sizeBytes).toBe(bytes);
    expect(Buffer.concat(await store.open(sha256).toArray()).equals(content)).toBe(true);
    expect(await keysOf('blobs', `${prefix}/staging/`)).toEqual([]);
    cut.close();
    await proxy.cut();
  });

  test('an address is given of what is large enough, with its name, and ranges of it', async () => {
    const linking = await S3BlobStore.open({ name: 'blobs', prefix }, server.endpoint, { linkedBytes: 10 });
    const put = (content: string) => linking.put(Readable.from([Buffer.from(content)]));
    const named = "attachment; filename*=UTF-8''mod%C3%A8le.bin";
    expect(await linking.link(await put('123456789'), named)).toBeNull();
    const link = await linking.link(await put('0123456789'), named);
    expect(await store.link(await put('0123456789'), named)).toBeNull();
    const whole = await fetch(link!);
    expect([whole.status, await whole.text(), whole.headers.get('content-disposition')]).toEqual([
      200,
      '0123456789',
      named,
    ]);
    const part = await fetch(link!, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    linking.close();
  });

  test('what is too large for one request is copied to its name in parts', async () => {
    const parts = await S3BlobStore.open({ name: 'blobs', prefix }, server.endpoint, { copyBytes: 6 * 2 ** 20 });
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
  const proxy = await TcpProxy.before(server.endpoint);
  const service = await WholeService.open({
    BLOB_BUCKET: 's3://service/bough',
    S3_ENDPOINT: proxy.url,
    S3_REDIRECT_BYTES: '10000',
  });
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

    // Large files are downloaded from the bucket, whoever asks for them the usual way.
    const weights = data[0].files.find(({ name }: { name: string }) => name === 'model.safetensors');
    const config = data[0].files.find(({ name }: { name: string }) => name === 'config.json');
    const files = `${service.api.url}/v1/checkpoints/${data[0].id}/files`;
    const ask = (name: string, init: RequestInit = {}) =>
      fetch(`${files}/${name}`, {
        ...init,
        headers: { authorization: `Bearer ${tenant.key}`, ...(init.headers as Record<string, string>) },
      });
    const redirect = await ask(weights.name, { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('etag'), redirect.headers.get('cache-control')]).toEqual([
      307,
      `"${weights.sha256}"`,
      'no-store',
    ]);
    const location = new URL(redirect.headers.get('location')!);
    expect([location.origin, location.searchParams.get('X-Amz-Expires')]).toEqual([new URL(proxy.url).origin, '300']);
    expect(location.href).not.toContain(tenant.key);
    const whole = Buffer.from(await (await ask(weights.name)).arrayBuffer());
    expect(createHash('sha256').update(whole).digest('hex')).toBe(weights.sha256);
    const part = await ask(weights.name, { headers: { range: 'bytes=8-15' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 8-15/${weights.size_bytes}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(8, 16))).toBe(true);
    const etag = `"${weights.sha256}"`;
    const direct = [
      await ask(config.name, { redirect: 'manual' }),
      await ask(weights.name, { redirect: 'manual', method: 'HEAD' }),
      await ask(weights.name, { redirect: 'manual', headers: { 'if-none-match': etag } }),
      await ask(weights.name, { redirect: 'manual', headers: { range: 'bytes=8-15', 'if-range': etag } }),
      await ask(weights.name, { redirect: 'manual', headers: { range: `bytes=${weights.size_bytes}-` } }),
    ];
    expect(direct.map(({ status }) => status)).toEqual([200, 200, 304, 206, 416]);
    expect((await fetch(`${files}/${weights.name}`, { redirect: 'manual' })).status).toBe(401);

    // Readiness says what is missing, and when it is there again.
    const readiness = async () => {
      const response = await fetch(`${service.api.url}/health/ready`);
      return [response.status, ((await response.json()) as { error?: { message: string } }).error?.message];
    };
    expect(await readiness()).toEqual([200, undefined]);
    await proxy.cut();
    expect(await readiness()).toEqual([503, 'Not ready: waiting for bucket']);
    await proxy.restore();
    expect(await readiness()).toEqual([200, undefined]);
  } finally {
    await service.close();
  }
});
