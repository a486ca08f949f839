import { createHash } from 'node:crypto';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepBlobs } from '../src/store/blobs/sweep-blobs.js';
import { importDataset } from '../src/store/datasets/import-dataset.js';
import { DatasetExample } from '../src/store/entities/dataset-example.entity.js';
import { Dataset } from '../src/store/entities/dataset.entity.js';
import { Job } from '../src/store/entities/job.entity.js';
import { ApiHarness, type Answer, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';

const MAX_UPLOAD_BYTES = 200_000;

let api: ApiHarness;
let tenant: Tenant;
let rows: ApiRows;
beforeAll(async () => {
  api = await ApiHarness.open({ MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES) });
  tenant = api.tenant;
  rows = new ApiRows(api.dataSource, tenant.projectId);
});
afterAll(() => api.close());

function upload(
  content: string | Buffer,
  fields: Record<string, string> = { kind: 'rl' },
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(Buffer.from(content))]), 'questions.jsonl');
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return tenant.send('POST', '/v1/datasets', form, headers);
}

/** As the worker does it. */
async function imported(id: string): Promise<Answer> {
  await importDataset(id, { dataSource: api.dataSource, blobs: api.blobs });
  return tenant.get(`/v1/datasets/${id}`);
}

async function storedFiles(): Promise<string[]> {
  const folder = join(api.blobs.path('0'.repeat(64)), '../..');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function datasetCount(): Promise<number> {
  return api.dataSource.manager.count(Dataset);
}

test('an upload is answered at once, and its good rows are kept beside the reasons for the bad ones', async () => {
  const content = [
    '{"question": "Q1?", "answer": "A1", "level": 3}',
    '{"question": "Q2?"}',
    '',
    'not json',
    '{"question": "Q3?", "answer": ["A3", 4]}',
  ].join('\n');
  const { status, body } = await upload(content, { kind: 'rl', name: 'mixed', metadata: '{"team":"search"}' });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    object: 'dataset',
    name: 'mixed',
    kind: 'rl',
    format: 'jsonl',
    status: 'processing',
    num_examples: null,
    sha256: createHash('sha256').update(content).digest('hex'),
    size_bytes: content.length,
    metadata: { team: 'search' },
  });
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: body.id })).toMatchObject({
    kind: 'dataset.import',
    lane: 'short',
    status: 'queued',
    projectId: tenant.projectId,
  });

  const ready = await imported(body.id);
  expect(ready.body).toMatchObject({ status: 'ready', num_examples: 2, num_rejected: 2, error: null });
  expect(ready.body.rejected_rows).toEqual([
    { line: 2, reason: 'answer: is missing (or answers, or references)' },
    { line: 4, reason: expect.stringMatching(/^not valid JSON/) },
  ]);
  const examples = await tenant.get(`/v1/datasets/${body.id}/examples?limit=1`);
  expect(examples.body).toMatchObject({ has_more: true, last_id: '0' });
  const next = await tenant.get(`/v1/datasets/${body.id}/examples?limit=1&after=0`);
  expect(next.body.data).toEqual([
    {
      object: 'dataset.example',
      index: 1,
      line: 5,
      data: { messages: [{ role: 'user', content: 'Q3?' }], question: 'Q3?', references: ['A3', '4'], metadata: {} },
    },
  ]);
});

test('an interrupted import starts over, one of a ready dataset changes nothing, and one of a deleted dataset writes nothing', async () => {
  const { body } = await upload('{"question": "Q?", "answer": "A"}\n'.repeat(1500));
  let transactions = 0;
  const lost = (): Promise<void> =>
    ++transactions > 2 ? Promise.reject(new Error('lost the claim')) : Promise.resolve();
  const context = { dataSource: api.dataSource, blobs: api.blobs };
  await expect(importDataset(body.id, { ...context, guard: lost })).rejects.toThrow('lost the claim');
  expect((await tenant.get(`/v1/datasets/${body.id}`)).body.status).toBe('processing');
  expect((await imported(body.id)).body).toMatchObject({ status: 'ready', num_examples: 1500 });
  const examples = () => api.dataSource.manager.countBy(DatasetExample, { datasetId: body.id });
  await importDataset(body.id, context);
  expect(await examples()).toBe(1500);
  expect((await tenant.delete(`/v1/datasets/${body.id}`)).status).toBe(200);
  await importDataset(body.id, context);
  expect(await examples()).toBe(0);
});

test('a file without a single good row fails, and says what was wrong with the first', async () => {
  const { body } = await upload(Buffer.from([0xff, 0xff, 10, 0x50, 0x41, 10]));
  expect((await imported(body.id)).body).toMatchObject({
    status: 'failed',
    num_examples: 0,
    num_rejected: 2,
    error: { code: 'dataset_unreadable', category: 'user', message: expect.stringContaining('line 1: not UTF-8 text') },
  });
  const empty = await upload('');
  expect((await imported(empty.body.id)).body.error.message).toContain('the file has no rows');
});

test('a JSON array is read whole, and an element that is bad is named with its line', async () => {
  const content = '[\n{"question":"q1","answer":"a"},\n{"question":"q2"},\n{"question":"q3","answer":true}\n]\n';
  const { body } = await upload(content);
  expect((await imported(body.id)).body).toMatchObject({
    status: 'ready',
    format: 'json',
    num_examples: 2,
    rejected_rows: [{ line: 3, reason: 'element 2: answer: is missing (or answers, or references)' }],
  });
  const examples = await tenant.get(`/v1/datasets/${body.id}/examples`);
  expect(examples.body.data.map((one: { line: number; data: object }) => [one.line, one.data])).toMatchObject([
    [2, { references: ['a'] }],
    [4, { references: ['true'] }],
  ]);
});

test('a Parquet file as verl writes them needs no configuration, and its damaged LaTeX is mended', async () => {
  const { body } = await upload(await readFile(new URL('datasets/verl.parquet', import.meta.url)));
  expect((await imported(body.id)).body).toMatchObject({
    status: 'ready',
    format: 'parquet',
    num_examples: 3,
    rejected_rows: [{ line: 3, reason: 'reward_model.ground_truth: is empty' }],
    warnings: [expect.stringContaining('3 of 3 rows had a control character')],
  });
  const { data } = (await tenant.get(`/v1/datasets/${body.id}/examples?after=1`)).body;
  expect(data).toEqual([
    {
      object: 'dataset.example',
      index: 2,
      line: 4,
      data: {
        messages: [
          { role: 'system', content: 'Answer in \\boxed{}.' },
          { role: 'user', content: 'What is half of 3?' },
        ],
        question: 'What is half of 3?',
        references: ['\\frac{3}{2}'],
        metadata: {
          data_source: 'made_up',
          ability: 'math',
          extra_info: { index: 3, need_tools_kwargs: true, question: 'What is half of 3?', split: 'train' },
          metadata: null,
        },
      },
    },
  ]);
});

test('a CSV file is read by the names of its columns, which a mapping may change', async () => {
  const content = 'problem,solution,answers,level\n"2 + 2, what?",4,,easy\n3?,,"[""a"", ""b""]",\n4?,,,\n';
  const { body } = await upload(content, { kind: 'rl', mapping: '{"question":"problem","answer":"solution"}' });
  expect((await imported(body.id)).body).toMatchObject({
    status: 'ready',
    format: 'csv',
    num_examples: 2,
    warnings: [],
    rejected_rows: [{ line: 4, reason: 'solution: is missing (or answers, or references)' }],
  });
  const { data } = (await tenant.get(`/v1/datasets/${body.id}/examples`)).body;
  expect(data.map((one: { data: object }) => one.data)).toMatchObject([
    { question: '2 + 2, what?', references: ['4'], metadata: { level: 'easy' } },
    { question: '3?', references: ['a', 'b'] },
  ]);
});

test('a row that is nested too deeply is rejected alone', async () => {
  const deep = `{"question":"q","answer":"b","m":${'['.repeat(6000)}${']'.repeat(6000)}}`;
  const { body } = await upload(`{"question":"a","answer":"b"}\n${deep}\n{"question":"c","answer":"d"}\n`);
  expect((await imported(body.id)).body).toMatchObject({
    status: 'ready',
    num_examples: 2,
    rejected_rows: [{ line: 2, reason: 'nested more than 100 levels deep' }],
  });
});

test('texts and numbers come back as they were sent', async () => {
  const question = 'tab\t newline\n backslash \\ \\n \\. quote " é 数 \u{1f600} \u2028';
  const long = '{"question":"q","answer":1234567890123456789,"id":1234567890123456789,"score":1e400}';
  const { body } = await upload(`${JSON.stringify({ question, answer: '\\.', metadata: { x: 0.1 } })}\n${long}\n`);
  await imported(body.id);
  const { data } = (await tenant.get(`/v1/datasets/${body.id}/examples`)).body;
  expect(data.map((one: { data: object }) => one.data)).toMatchObject([
    { question, references: ['\\.'], metadata: { x: 0.1 } },
    { references: ['1234567890123456789'], metadata: { id: '1234567890123456789', score: '1e400' } },
  ]);
});

test('a file most of whose rows are bad fails with its first reasons, and one half of whose rows are good does not', async () => {
  const bad = '{"question": "Q?"}\n';
  const good = '{"question": "Q?", "answer": "A"}\n';
  const failed = await upload(good + bad + bad);
  expect((await imported(failed.body.id)).body).toMatchObject({
    status: 'failed',
    num_examples: 1,
    num_rejected: 2,
    error: {
      code: 'dataset_unreadable',
      message: expect.stringMatching(
        /only 1 of its 3 rows can be used.*; line 2: answer: is missing .*; line 3: answer: /,
      ),
    },
  });
  const pretty = await upload(JSON.stringify({ question: 'Q?', answer: 'A' }, null, 2));
  expect((await imported(pretty.body.id)).body.error.message).toContain('send one JSON array');
  const kept = await upload(good + bad);
  expect((await imported(kept.body.id)).body.status).toBe('ready');
});

test('a gzip file is read, and one that unpacks to too much fails without being stored', async () => {
  const row = '{"question": "Q?", "answer": "A"}\n';
  const { body } = await upload(gzipSync(row.repeat(3)));
  expect((await imported(body.id)).body).toMatchObject({ status: 'ready', num_examples: 3 });
  const bomb = await upload(gzipSync(row.repeat(50_000)));
  await importDataset(bomb.body.id, { dataSource: api.dataSource, blobs: api.blobs, maxUnpackedBytes: 100_000 });
  const failed = (await tenant.get(`/v1/datasets/${bomb.body.id}`)).body;
  expect(failed).toMatchObject({
    status: 'failed',
    error: { category: 'user', message: expect.stringContaining('it unpacks to more than 100000 bytes') },
  });
  expect(failed.num_examples).toBeLessThan(100_000 / row.length);
});

test.each([
  [{}, 400, 'invalid_request', 'kind'],
  [{ kind: 'rl', purpose: 'fine-tune' }, 400, 'invalid_request', 'purpose'],
  [{ kind: 'rl', mapping: 'x' }, 400, 'invalid_request', 'mapping'],
  [{ kind: 'rl', format: 'xlsx' }, 400, 'invalid_request', 'format'],
])('an upload with the fields %j is refused and leaves nothing', async (fields, status, code, param) => {
  const before = [await storedFiles(), await datasetCount()];
  const answer = await upload('{"question": "refused"}', fields);
  expect(answer.status).toBe(status);
  expect(answer.body.error).toMatchObject({ code, param });
  expect([await storedFiles(), await datasetCount()]).toEqual(before);
});

test('an upload that is too large is refused with 413 and leaves nothing', async () => {
  const before = [await storedFiles(), await datasetCount()];
  const answer = await upload('x'.repeat(MAX_UPLOAD_BYTES + 1));
  expect(answer.status).toBe(413);
  expect(answer.body.error).toMatchObject({ code: 'payload_too_large' });
  expect((await upload('{"question": "Q?", "answer": "fits"}')).status).toBe(201);
  expect(await datasetCount()).toBe((before[1] as number) + 1);
  expect(await storedFiles()).toHaveLength((before[0] as string[]).length + 1);
});

test('a field that the query and the form say alike is taken, as some generated clients send it', async () => {
  const form = ['kind', 'format'].map(
    (name) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${name === 'kind' ? 'rl' : 'auto'}\r\n`,
  );
  const file =
    '--x\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{"question": "Q?"}\r\n--x--\r\n';
  const { status } = await tenant.sendRaw('/v1/datasets?kind=rl&format=auto', [...form, file].join(''), {
    'content-type': 'multipart/form-data; boundary=x',
  });
  expect(status).toBe(201);
});

test.each([
  [
    'an end that is missing',
    '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n{}',
    'invalid_upload',
  ],
  ['no file', '--x\r\ncontent-disposition: form-data; name="kind"\r\n\r\nrl\r\n--x--\r\n', 'invalid_request'],
  [
    'a file of another name',
    '--x\r\ncontent-disposition: form-data; name="data"; filename="a"\r\n\r\n{}\r\n--x--\r\n',
    'invalid_request',
  ],
  [
    'a field with two values',
    ['rl', 'sft']
      .map((kind) => `--x\r\ncontent-disposition: form-data; name="kind"\r\n\r\n${kind}\r\n`)
      .concat('--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n{}\r\n--x--\r\n')
      .join(''),
    'invalid_request',
    'kind: is given twice, and differs',
  ],
  [
    'two files',
    `${'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n{}\r\n'.repeat(2)}--x--\r\n`,
    'invalid_request',
    'file: is given twice; send one file',
  ],
  [
    'no kind',
    '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n{}\r\n--x--\r\n',
    'invalid_request',
    'kind: is required: one of rl, sft, preference, corpus, as a field of the form or in the query, as in ?kind=rl',
  ],
  [
    'a filename* that is not as RFC 5987 says',
    `--x\r\ncontent-disposition: form-data; name="file"; filename*=UTF-8''%zz\r\n\r\n{}\r\n--x--\r\n`,
    'invalid_request',
    'a part whose content-disposition is malformed',
  ],
  [
    '40 fields',
    `${Array.from({ length: 40 }, (_, i) => `--x\r\ncontent-disposition: form-data; name="f${i}"\r\n\r\n1\r\n`).join('')}--x--\r\n`,
    'invalid_upload',
    'it has more than 32 fields',
  ],
])('a malformed upload, with %s, is refused and leaves nothing', async (_, body, code, message = '') => {
  const before = [await storedFiles(), await datasetCount()];
  const response = await fetch(`${api.url}/v1/datasets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'multipart/form-data; boundary=x' },
    body,
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code, message: expect.stringContaining(message) } });
  expect([await storedFiles(), await datasetCount()]).toEqual(before);
});

const file = (disposition: string | Buffer, more = '') =>
  Buffer.concat([
    Buffer.from('--x\r\ncontent-disposition: form-data; '),
    Buffer.from(disposition),
    Buffer.from(`${more}\r\n\r\n{}\r\n--x--\r\n`),
  ]);

test.each([
  ['a line without a colon', Buffer.from('--x\r\nnonsense\r\n\r\nx\r\n--x--\r\n')],
  ['a NUL in the name of the file', file('name="file"; filename="a\0b"')],
  ['a control character in the name of a field', file('name="ki\x01nd"')],
  ['100 kB of a field\u2019s name', file(`name="${'n'.repeat(100_000)}"`)],
  ['a carriage return alone', file('name="file"; filename="a"\rcontent-type: text/plain')],
  ['200 kB', file('name="file"; filename="a"', `\r\nx-long: ${'x'.repeat(200_000)}`)],
])('a part whose header has %s is refused with the reason, and the service goes on', async (_, body) => {
  for (const path of ['/v1/datasets', '/v1/models']) {
    const response = await fetch(`${api.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'multipart/form-data; boundary=x' },
      body: new Uint8Array(body),
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.objectContaining({ code: 'invalid_upload', message: expect.stringContaining('part header') }) },
    ]);
  }
  expect((await tenant.get('/v1/datasets')).status).toBe(200);
});

test('a form without a boundary and a body that is no form are refused', async () => {
  const send = (type: string) => tenant.send('POST', '/v1/datasets', {}, { 'content-type': type });
  expect((await send('multipart/form-data')).body.error.code).toBe('invalid_upload');
  expect((await send('application/json')).status).toBe(415);
});

test('a client that goes away half-way leaves nothing', async () => {
  const before = [await storedFiles(), await datasetCount()];
  const aborted = request(`${api.url}/v1/datasets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'multipart/form-data; boundary=x' },
  });
  aborted.on('error', () => undefined);
  aborted.write(`--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'{}\n'.repeat(20_000)}`);
  await expect.poll(async () => (await storedFiles()).length).toBe((before[0] as string[]).length + 1);
  aborted.destroy();
  await expect.poll(storedFiles).toEqual(before[0]);
  expect(await datasetCount()).toBe(before[1]);
});

test('the Idempotency-Key of an upload covers its fields and the file, whatever the boundary', async () => {
  const headers = { 'idempotency-key': 'upload' };
  const first = await upload('{"question": "Q?", "answer": "idem"}', { kind: 'rl' }, headers);
  const second = await upload('{"question": "Q?", "answer": "idem"}', { kind: 'rl' }, headers);
  expect(second.status).toBe(201);
  expect(second.body.id).toBe(first.body.id);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect((await upload('{"question": "Q?", "answer": "other"}', { kind: 'rl' }, headers)).status).toBe(409);
  expect((await upload('{"question": "Q?", "answer": "idem"}', { kind: 'sft' }, headers)).status).toBe(409);
  const staged = (await storedFiles()).filter((name) => name.includes('-'));
  expect(staged).toEqual([]);
});

test('a dataset that an active run uses cannot be deleted; afterwards it can, and its bytes go with it', async () => {
  const { body } = await upload('{"question": "Q?", "answer": "to be deleted"}');
  await sweepBlobs(api.dataSource.manager, api.blobs, -1000);
  const run = await rows.run('running', { datasetId: body.id });
  const refused = await tenant.delete(`/v1/datasets/${body.id}`);
  expect(refused.status).toBe(409);
  expect(refused.body.error).toMatchObject({ code: 'dataset_in_use', message: expect.stringContaining(run.id) });
  await api.dataSource.query(`UPDATE runs SET status = 'succeeded' WHERE id = $1`, [run.id]);
  await rows.endJob(run.id);
  expect((await tenant.delete(`/v1/datasets/${body.id}`)).body).toEqual({
    id: body.id,
    object: 'dataset',
    deleted: true,
  });
  expect((await tenant.get(`/v1/datasets/${body.id}`)).status).toBe(404);
  expect((await tenant.delete(`/v1/datasets/${body.id}`)).status).toBe(404);
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: body.id })).toMatchObject({ status: 'cancelled' });

  const kept = (await storedFiles()).length;
  expect(await api.blobs.has(body.sha256)).toBe(true);
  expect(await sweepBlobs(api.dataSource.manager, api.blobs)).toBe(0);
  const twoHoursAgo = Date.now() / 1000 - 7200;
  await utimes(api.blobs.path(body.sha256), twoHoursAgo, twoHoursAgo);
  await sweepBlobs(api.dataSource.manager, api.blobs);
  expect(await api.blobs.has(body.sha256)).toBe(true);
  expect(await sweepBlobs(api.dataSource.manager, api.blobs, -1000)).toBe(1);
  expect(await api.blobs.has(body.sha256)).toBe(false);
  expect(await storedFiles()).toHaveLength(kept - 1);
});

test('lists are filtered by kind, status and metadata', async () => {
  const { id } = await rows.dataset({ kind: 'corpus', metadata: { team: 'a', x: 'y' } }, 0);
  await rows.dataset({ kind: 'corpus', metadata: { team: 'b' } }, 0);
  const ids = async (query: string) =>
    (await tenant.get(`/v1/datasets?${query}`)).body.data.map((dataset: { id: string }) => dataset.id);
  expect(await ids('kind=corpus&metadata[team]=a')).toEqual([id]);
  expect(await ids('kind=corpus,sft&status=ready')).toHaveLength(2);
  expect(await ids('kind=corpus&status=failed')).toEqual([]);
});

test.each([
  [
    'sharegpt',
    {
      system: 's',
      conversations: [
        { from: 'human', value: 'hi' },
        { from: 'gpt', value: 'yo' },
      ],
    },
  ],
  [
    'empty fields',
    {
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a', tool_calls: [] },
      ],
    },
  ],
])('a conversation of %s is taken', async (_, row) => {
  const { body } = await upload(JSON.stringify(row), { kind: 'sft' });
  expect((await imported(body.id)).body).toMatchObject({ status: 'ready', num_examples: 1 });
});

test('another project sees nothing of it', async () => {
  const { id } = await rows.dataset();
  const other = await api.anotherTenant();
  for (const path of [`/v1/datasets/${id}`, `/v1/datasets/${id}/examples`]) {
    const { status, body } = await other.get(path);
    expect(status).toBe(404);
    expect(body.error).toMatchObject({ type: 'not_found_error', code: 'not_found', message: `No such dataset: ${id}` });
  }
  expect((await other.delete(`/v1/datasets/${id}`)).status).toBe(404);
  expect((await other.get('/v1/datasets')).body.data).toEqual([]);
  expect((await tenant.get(`/v1/datasets/${id}`)).status).toBe(200);
});

test('the client uploads from a path, a blob and a stream, and waits until the rows are read', async () => {
  const { bough } = tenant;
  const content = '{"problem": "Q?", "target": "A"}\n';
  const path = join(tmpdir(), `bough-client-${process.pid}.jsonl`);
  await writeFile(path, content);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const part of [content.slice(0, 5), content.slice(5)]) yield Promise.resolve(Buffer.from(part));
  }
  const options = { kind: 'rl', mapping: { question: 'problem', answer: 'target' } } as const;
  const fromPath = await bough.uploadDataset(path, options);
  const fromBlob = await bough.uploadDataset(new Blob([content]), { ...options, name: 'blob' });
  const fromStream = await bough.uploadDataset(chunks(), { ...options, metadata: { from: 'stream' } });
  expect([fromPath.name, fromBlob.name, fromStream.name]).toEqual([
    `bough-client-${process.pid}.jsonl`,
    'blob',
    'dataset.jsonl',
  ]);
  expect(new Set([fromPath, fromBlob, fromStream].map(({ sha256 }) => sha256)).size).toBe(1);

  setTimeout(() => void imported(fromStream.id), 200);
  const seen: string[] = [];
  const ready = await bough.waitForDataset(fromStream.id, { everyMs: 50, onUpdate: ({ status }) => seen.push(status) });
  expect(ready.num_examples).toBe(1);
  expect([seen[0], seen.at(-1)]).toEqual(['processing', 'ready']);

  const bad = await bough.uploadDataset(new Blob(['x']), { kind: 'rl' });
  await imported(bad.id);
  await expect(bough.waitForDataset(bad.id)).rejects.toMatchObject({ name: 'BoughError', code: 'dataset_unreadable' });
  await expect(bough.waitForDataset(fromPath.id, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
  await expect(bough.uploadDataset(new Blob(['x']), { kind: 'x' as 'rl' })).rejects.toMatchObject({
    status: 400,
    param: 'kind',
    requestId: expect.stringMatching(/^req_/),
  });
});

test('lines may be the body, with the fields in the query; packed or not they are the same file', async () => {
  const content = '{"problem": "Q?", "target": "A"}\n'.repeat(50);
  const query =
    'kind=rl&name=raw&mapping[question]=problem&mapping[answer]=target&metadata=%7B%22team%22%3A%22search%22%7D';
  const send = (type: string, packed: boolean, more: Record<string, string> = {}) =>
    tenant.sendRaw(`/v1/datasets?${query}`, packed ? new Uint8Array(gzipSync(content)) : content, {
      'content-type': type,
      ...(packed ? { 'content-encoding': 'gzip' } : {}),
      ...more,
    });
  const plain = await send('application/x-ndjson', false);
  expect([plain.status, plain.body]).toEqual([
    201,
    expect.objectContaining({
      kind: 'rl',
      name: 'raw',
      mapping: { question: 'problem', answer: 'target' },
      metadata: { team: 'search' },
      size_bytes: content.length,
    }),
  ]);
  expect((await imported(plain.body.id)).body).toMatchObject({ status: 'ready', num_examples: 50 });
  const packed = await send('application/jsonl; charset=utf-8', true);
  expect([packed.status, packed.body.sha256]).toEqual([201, plain.body.sha256]);

  const key = { 'idempotency-key': 'raw' };
  const first = await send('application/x-ndjson', false, key);
  const again = await send('application/x-ndjson', true, key);
  expect([again.body.id, again.headers.get('idempotent-replayed')]).toEqual([first.body.id, 'true']);
  const other = await tenant.sendRaw(`/v1/datasets?${query}`, 'other', { 'content-type': 'application/jsonl', ...key });
  expect(other.status).toBe(409);
});

test.each([
  ['kind', ''],
  ['purpose', '?kind=rl&purpose=x'],
  ['name', '?kind=rl&name=a&name=b'],
  ['name', '?kind=rl&name=a%00b'],
  ['mapping', '?kind=rl&mapping=%7B'],
])('lines with a bad %s in the query %j are refused and leave nothing', async (param, query) => {
  const before = [await storedFiles(), await datasetCount()];
  const { status, body } = await tenant.sendRaw(`/v1/datasets${query}`, '{"question": "refused"}', {
    'content-type': 'application/x-ndjson',
  });
  expect([status, body.error.param]).toEqual([400, param]);
  expect([await storedFiles(), await datasetCount()]).toEqual(before);
});

test.each(['text/plain', 'application/json', 'application/octet-stream', 'application/x-www-form-urlencoded'])(
  'a body of type %s is refused, and the answer says what to send in both forms',
  async (type) => {
    const { status, body } = await tenant.sendRaw('/v1/datasets?kind=rl', '{}', { 'content-type': type });
    expect([status, body.error.code]).toEqual([415, 'unsupported_media_type']);
    for (const word of [type, 'multipart/form-data', 'application/x-ndjson', '?kind=rl']) {
      expect(body.error.message).toContain(word);
    }
  },
);

test('a packed form is unpacked, but not to more than may be uploaded', async () => {
  const form = (content: string) =>
    new Uint8Array(
      gzipSync(
        `--x\r\ncontent-disposition: form-data; name="kind"\r\n\r\nrl\r\n` +
          `--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${content}\r\n--x--\r\n`,
      ),
    );
  const send = (body: Uint8Array<ArrayBuffer>, encoding = 'gzip') =>
    tenant.sendRaw('/v1/datasets', body, {
      'content-type': 'multipart/form-data; boundary=x',
      'content-encoding': encoding,
    });
  const { status, body } = await send(form('{"question": "Q?", "answer": "packed"}'));
  expect([status, body.size_bytes]).toEqual([201, 38]);
  const before = [await storedFiles(), await datasetCount()];
  expect((await send(form('x'.repeat(100_000_000)))).body.error.code).toBe('payload_too_large');
  expect((await send(form('x').subarray(0, 50))).body.error.code).toBe('invalid_upload');
  expect((await send(form('x'), 'zstd')).body.error.code).toBe('unsupported_encoding');
  expect([await storedFiles(), await datasetCount()]).toEqual(before);
});

test('a file of exactly the size that is allowed is taken', async () => {
  expect((await upload('x'.repeat(MAX_UPLOAD_BYTES))).status).toBe(201);
});

test('a file without a file name is refused, and the answer says how to send it', async () => {
  const body = '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\n{}\r\n--x--\r\n';
  const answer = await tenant.sendRaw('/v1/datasets?kind=rl', body, {
    'content-type': 'multipart/form-data; boundary=x',
  });
  expect([answer.status, answer.body.error]).toEqual([
    400,
    expect.objectContaining({ param: 'file', message: expect.stringContaining('-F file=@questions.jsonl') }),
  ]);
});
