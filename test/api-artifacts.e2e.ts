import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { extract } from 'tar-stream';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Schemas } from '../openapi/client.js';
import type { Message } from '../src/protocol/messages.js';
import { resolveRunSpec } from '../src/spec/run-spec.js';
import { DatasetExample } from '../src/store/entities/dataset-example.entity.js';
import { Evaluation } from '../src/store/entities/evaluation.entity.js';
import { EvaluationItem } from '../src/store/entities/evaluation-item.entity.js';
import { Job } from '../src/store/entities/job.entity.js';
import { insertRow } from '../src/store/insert-row.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';

let api: ApiHarness;
let tenant: Tenant;
let rows: ApiRows;
beforeAll(async () => {
  api = await ApiHarness.open();
  tenant = api.tenant;
  rows = new ApiRows(api.dataSource, tenant.projectId);
});
afterAll(() => api.close());

const files = { 'config.json': '{"model_type":"llama"}', 'onnx/model.onnx': 'x'.repeat(200_000), 'empty.txt': '' };
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

test('a tree is answered with its segments and their numbers', async () => {
  const run = await rows.run('running');
  const { tree } = await rows.tree(run.id, 1);
  await rows.tree(run.id, 2);
  const list = await tenant.get(`/v1/runs/${run.id}/trees?step=1`);
  expect(list.body.data).toMatchObject([
    {
      id: tree.id,
      object: 'tree',
      step: 1,
      index: 0,
      example: 1,
      num_segments: 5,
      num_trajectories: 2,
      num_tokens: 10,
    },
  ]);
  const { body } = await tenant.get(`/v1/trees/${tree.id}`);
  expect(body.segments.map(({ kind }: { kind: string }) => kind)).toEqual([
    'prompt',
    'model',
    'tool',
    'model',
    'model',
  ]);
  expect(body.segments[0]).toMatchObject({ parent_id: null, token_ids: [0, 1], logprobs: null, tool: null });
  expect(body.segments[2]).toMatchObject({
    parent_id: body.segments[1].id,
    tool: { name: 'python', input: '1+1', text: '2', outcome: 'ok' },
  });
  expect(body.segments[4]).toMatchObject({
    parent_id: body.segments[2].id,
    forked: true,
    token_ids: [40, 41],
    logprobs: [-0.5, -0.25],
    entropies: [1, 0.5],
    advantages: null,
    branch_probability: 0.52,
    forks: { wanted: 2, granted: 1, decode_step: 16 },
  });
  expect(body.trajectories.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
  for (const { id, segment_ids } of body.trajectories) {
    const { segments } = (await tenant.get(`/v1/trajectories/${id}`)).body;
    expect(segment_ids).toEqual(segments.map((segment: { id: string }) => segment.id));
  }
  expect(body.step_finished).toBe(false);
  await api.dataSource.query(`INSERT INTO run_steps (run_id, step, attempt, metrics) VALUES ($1, $2, 1, '{}')`, [
    body.run_id,
    body.step,
  ]);
  expect((await tenant.get(`/v1/trees/${body.id}`)).body.step_finished).toBe(true);
});

test('a trajectory is its segments laid end to end', async () => {
  const run = await rows.run('running');
  const { trajectories } = await rows.tree(run.id, 1);
  const { body } = await tenant.get(`/v1/trajectories/${trajectories[0]?.id}`);
  expect(body).toMatchObject({
    object: 'trajectory',
    run_id: run.id,
    reward: 1,
    advantage: 0.75,
    reward_status: 'scored',
    num_tokens: 8,
    example: { index: 1, question: 'Q1?', references: ['A1'] },
    token_ids: [0, 1, 10, 11, 20, 21, 30, 31],
    loss_mask: [0, 0, 1, 1, 0, 0, 1, 1],
    logprobs: [null, null, -0.5, -0.25, null, null, -0.5, -0.25],
    advantages: [null, null, 0.75, 0.75, null, null, 0.75, 0.75],
  });
  expect(body.segments.map(({ text }: { text: string }) => text)).toEqual([
    'segment 0',
    'segment 1',
    'segment 2',
    'segment 3',
  ]);
  const other = await tenant.get(`/v1/trajectories/${trajectories[1]?.id}`);
  expect(other.body).toMatchObject({ reward: null, advantage: null, reward_status: 'infra_error' });
  expect(other.body.advantages).toEqual(new Array(8).fill(null));

  await api.dataSource.query('DELETE FROM dataset_examples WHERE dataset_id = $1', [run.datasetId]);
  const orphan = await tenant.get(`/v1/trajectories/${trajectories[0]?.id}`);
  expect(orphan.body.example).toEqual({ index: 1, question: null, references: null });
});

test('a filter that finds nothing among many trajectories is answered about as fast as one that finds much', async () => {
  const run = await rows.run('succeeded');
  const { tree } = await rows.tree(run.id, 1);
  await api.dataSource.query(
    `INSERT INTO trajectories (id, project_id, run_id, tree_id, step, index, attempt, leaf_segment_id, segment_ids, reward, parts, flags,
       format_valid, reward_status, finish_reason, num_tokens)
     SELECT 'trj_many' || lpad(i::text, 10, '0'), project_id, run_id, id, 2, 10 + i, 1, 'seg', '{}', 0.5, '{}', '{}', true, 'scored', 'stop', 1
     FROM trees CROSS JOIN generate_series(1, 100000) AS i WHERE id = $1`,
    [tree.id],
  );
  const path = `/v1/runs/${run.id}/trajectories`;
  const time = async (query: string, found: number) => {
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      const started = performance.now();
      const { body } = await tenant.get(`${path}?${query}`);
      times.push(performance.now() - started);
      expect(body.data).toHaveLength(found);
    }
    return times.sort((a, b) => a - b)[4]!;
  };
  const much = await time('min_reward=0.5', 20);
  for (const query of ['min_reward=2', 'max_reward=0', 'status=masked']) {
    expect.soft(await time(query, 0), query).toBeLessThan(4 * much);
  }
  // Few, and at the end of the list.
  expect.soft(await time('status=masked,infra_error', 1)).toBeLessThan(4 * much);
  expect.soft(await time('min_reward=0.9&order=desc', 1)).toBeLessThan(4 * much);
  const page = await tenant.get(`${path}?min_reward=0.9&status=infra_error`);
  expect(page.body.data).toEqual([]);
});

type Trajectory = Schemas['Trajectory'];

test('trajectories are filtered, and exported as JSON Lines', async () => {
  const run = await rows.run('running');
  for (let step = 1; step <= 30; step++) await rows.tree(run.id, step);
  const list = async (query: string) => (await tenant.get(`/v1/runs/${run.id}/trajectories?${query}`)).body.data;
  expect(await list('step=3')).toHaveLength(2);
  expect(await list('step=3&min_reward=0.5')).toMatchObject([{ reward: 1, step: 3 }]);
  expect(await list('status=infra_error&limit=100')).toHaveLength(30);
  expect(await list('max_reward=0.5')).toEqual([]);

  const answer = await tenant.get(`/v1/runs/${run.id}/trajectories/export`);
  expect(answer.headers.get('content-type')).toBe('application/jsonl');
  const lines = (answer.body as string)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Trajectory);
  expect(lines).toHaveLength(60);
  expect(new Set(lines.map(({ id }) => id)).size).toBe(60);
  expect(lines[59]).toMatchObject({ step: 30, token_ids: [0, 1, 10, 11, 20, 21, 40, 41] });
  // Both what was decided and what came of it: one of the two forks had no slot left.
  expect(lines[59]?.segments.map(({ forked, forks }) => [forked, forks])).toEqual([
    [false, null],
    [false, null],
    [false, null],
    [true, { wanted: 2, granted: 1, decode_step: 16 }],
  ]);
  expect(lines[0]).toEqual((await tenant.get(`/v1/trajectories/${lines[0]?.id}`)).body);
  const scored = await tenant.get(`/v1/runs/${run.id}/trajectories/export?status=scored&step=7`);
  expect((scored.body as string).trimEnd().split('\n')).toHaveLength(1);
});

test('a checkpoint’s files are downloaded whole, in part, or not again', async () => {
  const run = await rows.run('succeeded');
  const checkpoint = await rows.checkpoint(run.id, api.blobs, files, { final: true, step: 20 });
  const { body } = await tenant.get(`/v1/checkpoints/${checkpoint.id}`);
  expect(body).toMatchObject({ object: 'checkpoint', run_id: run.id, step: 20, kind: 'training', final: true });
  expect(body.files).toContainEqual({ name: 'config.json', sha256: sha256(files['config.json']), size_bytes: 22 });
  expect((await tenant.get(`/v1/runs/${run.id}/checkpoints`)).body.data).toEqual([body]);

  const path = `/v1/checkpoints/${checkpoint.id}/files/onnx/model.onnx`;
  const etag = `"${sha256(files['onnx/model.onnx'])}"`;
  const whole = await tenant.get(path);
  expect(whole.status).toBe(200);
  expect(whole.body).toBe(files['onnx/model.onnx']);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    etag,
    'content-length': '200000',
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''model.onnx",
  });
  const part = await tenant.get(path, { range: 'bytes=199990-' });
  expect([part.status, part.body, part.headers.get('content-range')]).toEqual([
    206,
    'x'.repeat(10),
    'bytes 199990-199999/200000',
  ]);
  const outside = await tenant.get(path, { range: 'bytes=200000-' });
  expect(outside.status).toBe(416);
  expect(outside.headers.get('content-range')).toBe('bytes */200000');
  expect((await tenant.get(path, { 'if-none-match': etag })).status).toBe(304);
  expect((await tenant.get(path, { range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
  const head = await tenant.send('HEAD', path);
  expect([head.status, head.body, head.headers.get('content-length')]).toEqual([200, '', '200000']);
  expect((await tenant.get(path.replace('model.onnx', 'none'))).body.error).toMatchObject({
    message: 'No such checkpoint file: onnx/none',
  });
  expect((await tenant.get(`/v1/checkpoints/${checkpoint.id}/files/empty.txt`)).body).toBe('');
  expect((await tenant.get(`/v1/checkpoints/${checkpoint.id}/files/..%2f..%2fetc%2fpasswd`)).status).toBe(404);
});

test('a checkpoint’s archive holds all of its files', async () => {
  const run = await rows.run('succeeded');
  const checkpoint = await rows.checkpoint(run.id, api.blobs, files);
  const response = await fetch(`${api.url}/v1/checkpoints/${checkpoint.id}/archive`, {
    headers: { authorization: `Bearer ${tenant.key}` },
  });
  expect(response.headers.get('content-type')).toBe('application/x-tar');
  const found: Record<string, string> = {};
  const tar = extract();
  Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]).pipe(tar);
  for await (const entry of tar) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    found[entry.header.name] = Buffer.concat(chunks).toString();
  }
  expect(found).toEqual(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`${checkpoint.id}/${name}`, content])),
  );
});

test('a download whose bytes are not there is refused by name, and shows nothing of the machine', async () => {
  const run = await rows.run('succeeded');
  const checkpoint = await rows.checkpoint(run.id, api.blobs, { 'a.bin': 'soon gone', 'b.bin': 'still there' });
  await api.blobs.delete(sha256('soon gone'));
  for (const path of ['files/a.bin', 'archive']) {
    const { status, body, headers } = await tenant.get(`/v1/checkpoints/${checkpoint.id}/${path}`);
    expect([status, body.error.code]).toEqual([500, 'blob_missing']);
    expect(body.error.message).toContain(sha256('soon gone'));
    expect(JSON.stringify([body, Object.fromEntries(headers)])).not.toContain(
      join(api.blobs.path(sha256('x')), '../..'),
    );
    expect((await tenant.send('HEAD', `/v1/checkpoints/${checkpoint.id}/${path}`)).status).toBe(500);
  }
  expect((await tenant.get(`/v1/checkpoints/${checkpoint.id}/files/b.bin`)).status).toBe(200);
});

test('a download whose bytes have been cut off on the disk is refused before its first byte', async () => {
  const run = await rows.run('succeeded');
  const checkpoint = await rows.checkpoint(run.id, api.blobs, { 'a.bin': 'soon cut off', 'b.bin': 'still whole' });
  await truncate(api.blobs.path(sha256('soon cut off')), 4);
  for (const [path, range] of [
    ['files/a.bin', ''],
    ['files/a.bin', 'bytes=0-1'],
    ['files/a.bin', 'bytes=8-'],
    ['archive', ''],
  ] as const) {
    const { status, body } = await tenant.get(`/v1/checkpoints/${checkpoint.id}/${path}`, range ? { range } : {});
    expect([path, range, status, body.error.code]).toEqual([path, range, 500, 'blob_damaged']);
    const head = await tenant.send(
      'HEAD',
      `/v1/checkpoints/${checkpoint.id}/${path}`,
      undefined,
      range ? { range } : {},
    );
    expect([path, range, head.status]).toEqual([path, range, 500]);
    expect(body.error.message).toContain(`${sha256('soon cut off')} are damaged in the store, which has 4 of 12`);
  }
  await expect(tenant.bough.downloadFile(checkpoint.id, 'a.bin')).rejects.toMatchObject({ status: 500 });
  expect((await tenant.get(`/v1/checkpoints/${checkpoint.id}/files/b.bin`)).status).toBe(200);
});

test('the client saves a checkpoint to a folder, checked against its sums', async () => {
  const run = await rows.run('succeeded');
  const checkpoint = await rows.checkpoint(run.id, api.blobs, files);
  const folder = await mkdtemp(join(tmpdir(), 'bough-save-'));
  try {
    const saved = await tenant.bough.saveCheckpoint(checkpoint.id, folder);
    expect(saved.map(({ sizeBytes }) => sizeBytes)).toEqual([22, 200_000, 0]);
    expect(await readFile(join(folder, 'onnx/model.onnx'), 'utf8')).toBe(files['onnx/model.onnx']);
  } finally {
    await rm(folder, { recursive: true });
  }
  const bytes = await tenant.bough.downloadFile(checkpoint.id, 'config.json');
  expect(Buffer.from(bytes).toString()).toBe(files['config.json']);
  await expect(tenant.bough.downloadFile(checkpoint.id, 'none')).rejects.toMatchObject({ status: 404 });
});

test('a checkpoint that a run needs cannot be deleted: one to start from, or to go on from', async () => {
  const run = await rows.run('running');
  const older = await rows.checkpoint(run.id, api.blobs, { a: '1' }, { step: 5 });
  const latest = await rows.checkpoint(run.id, api.blobs, { a: '2' }, { step: 10 });
  const user = await rows.run('queued', { modelId: older.id });
  const usedBy = async (id: string) => (await tenant.delete(`/v1/checkpoints/${id}`)).body.error.message;
  expect(await usedBy(latest.id)).toContain(run.id);
  expect(await usedBy(older.id)).toContain(user.id);
  await tenant.send('POST', `/v1/runs/${user.id}/cancel`);
  expect((await tenant.delete(`/v1/checkpoints/${older.id}`)).body).toEqual({
    id: older.id,
    object: 'checkpoint',
    deleted: true,
  });
  expect((await tenant.get(`/v1/checkpoints/${older.id}`)).status).toBe(404);
  expect((await tenant.get(`/v1/runs/${run.id}`)).body.checkpoints_count).toBe(1);
});

test('a checkpoint is deleted while the worker adds another one and drops the older ones', async () => {
  const run = await rows.run('running');
  const older = await rows.checkpoint(run.id, api.blobs, { a: '1' }, { step: 5 });
  await rows.checkpoint(run.id, api.blobs, { a: '2' }, { step: 10 });
  const deleted = await api.dataSource.transaction(async (manager) => {
    // What the worker does: its new row holds the run by the foreign key, then it locks other checkpoints, then it changes the run.
    await manager.query(
      `INSERT INTO checkpoints (id, project_id, run_id, step, kind, size_bytes, files, attempt)
       VALUES ('ckpt_new', $1, $2, 15, 'training', 0, '[]', 1)`,
      [tenant.projectId, run.id],
    );
    const answer = tenant.delete(`/v1/checkpoints/${older.id}`);
    await sleep(200);
    await manager.query('UPDATE checkpoints SET metrics = metrics WHERE id = $1', [older.id]);
    await manager.query('UPDATE runs SET checkpoints_count = 3 WHERE id = $1', [run.id]);
    return { answer };
  });
  expect((await deleted.answer).status).toBe(200);
  expect((await tenant.get(`/v1/runs/${run.id}`)).body.checkpoints_count).toBe(2);
});

test('a finished evaluation is deleted with its answers, and one that is not is refused', async () => {
  const [model, dataset] = [await rows.model(), await rows.dataset()];
  const { id } = (await tenant.post('/v1/evaluations', { model: model.id, dataset: dataset.id })).body;
  const path = `/v1/evaluations/${id}`;
  const refused = await tenant.delete(path);
  expect(refused).toMatchObject({
    status: 409,
    body: {
      error: { code: 'evaluation_not_finished', message: expect.stringContaining('is queued: cancel it or wait') },
    },
  });
  expect((await tenant.delete(`/v1/models/${model.id}`)).status).toBe(409);
  await rows.endJob(id);
  const { manager } = api.dataSource;
  await manager.update(Evaluation, { id }, { status: 'succeeded' });
  await manager.query(
    `INSERT INTO evaluation_items (evaluation_id, example, sample, response, parts, flags, format_valid, tool_calls, finish_reason, reward_status)
     VALUES ($1, 0, 0, 'four', '{}', '{}', true, 0, 'stop', 'scored')`,
    [id],
  );
  expect((await (await api.anotherTenant('stranger')).delete(path)).status).toBe(404);
  expect(await tenant.delete(path)).toMatchObject({ status: 200, body: { id, object: 'evaluation', deleted: true } });
  expect([(await tenant.get(path)).status, (await tenant.delete(path)).status]).toEqual([404, 404]);
  for (const [table, column] of [
    ['evaluation_items', 'evaluation_id'],
    ['jobs', 'subject_id'],
  ]) {
    expect(await manager.query(`SELECT FROM ${table} WHERE ${column} = $1`, [id])).toEqual([]);
  }
  expect((await tenant.delete(`/v1/models/${model.id}`)).status).toBe(200);
});

test('the benchmarks are listed with the figures of the paper, and an evaluation names one and a dataset', async () => {
  const { data } = (await tenant.get('/v1/benchmarks')).body;
  expect(data).toHaveLength(14);
  expect(data.find(({ name }: { name: string }) => name === 'aime24')).toMatchObject({
    questions: 30,
    metric: 'judge',
    grader: { type: 'paper_metric', metric: 'math_equal', task: 'math' },
    paper: expect.arrayContaining([{ backbone: 'Qwen2.5-7B', method: 'ARPO', value: 30 }]),
  });
  const [model, dataset] = [await rows.model(), await rows.dataset()];
  const post = (more: object) => tenant.post('/v1/evaluations', { model: model.id, dataset: dataset.id, ...more });
  const made = await post({ benchmark: 'bamboogle' });
  expect([made.status, made.body.spec, made.body.warnings]).toEqual([
    201,
    expect.objectContaining({ benchmark: 'bamboogle', grader: { type: 'paper_metric', metric: 'f1', task: 'qa' } }),
    ['8 questions are asked, and the paper’s evaluation of Bamboogle has 125'],
  ]);
  expect((await post({ benchmark: 'aime24' })).body.error).toMatchObject({
    code: 'unprocessable_spec',
    param: 'dataset',
    message: expect.stringContaining('most of its answers are none of AIME 2024, such as "A0"'),
  });
  expect((await post({ benchmark: 'gaia' })).body.error.param).toBe('grader');
  expect((await post({ benchmark: 'mmlu' })).body.error).toMatchObject({ param: 'benchmark' });
});

test('an evaluation is queued with its defaults, and read with its items and figures', async () => {
  const [model, dataset] = [await rows.model(), await rows.dataset()];
  const made = await tenant.post('/v1/evaluations', {
    model: model.id,
    dataset: dataset.id,
    sampling: { samples: 2, temperature: 1 },
  });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    object: 'evaluation',
    status: 'queued',
    model: model.id,
    spec: { sampling: { samples: 2, temperature: 1, top_p: 1 }, grader: { type: 'arpo', fidelity: 'bough' } },
    progress: { done: 0, total: null },
    aggregates: null,
  });
  const { id } = made.body;
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: id })).toMatchObject({
    kind: 'evaluation.run',
    lane: 'short',
    requires: { accelerator: 'auto' },
  });
  for (const [example, sample] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    await insertRow(api.dataSource.manager, EvaluationItem, {
      evaluationId: id,
      example,
      sample,
      response: 'the answer is A0',
      answer: 'A0',
      reward: example === 0 ? 1 : 0,
      parts: {},
      flags: [],
      exactMatch: example === 0 ? 1 : 0,
      formatValid: true,
      toolCalls: 1,
      finishReason: 'stop',
      rewardStatus: 'scored',
    });
  }
  const mean = { mean: 0.5, standard_error: 0.5 };
  const aggregates = {
    num_items: 4,
    num_questions: 2,
    num_infra_error: 0,
    exact_match: mean,
    reward: mean,
    format_valid: mean,
    tool_calls: mean,
    pass_at_k: { 1: 0.5, 2: 0.5 },
  };
  await api.dataSource.query(`UPDATE evaluations SET status = 'succeeded', aggregates = $2 WHERE id = $1`, [
    id,
    JSON.stringify(aggregates),
  ]);
  expect(await tenant.bough.waitForEvaluation(id)).toMatchObject({ status: 'succeeded', aggregates });

  const first = await tenant.get(`/v1/evaluations/${id}/items?limit=3`);
  expect(first.body).toMatchObject({ has_more: true, first_id: '0_0', last_id: '1_0' });
  expect(first.body.data[2]).toMatchObject({
    id: '1_0',
    question: 'Q1?',
    references: ['A1'],
    answer: 'A0',
    exact_match: 0,
  });
  const rest = await tenant.get(`/v1/evaluations/${id}/items?after=1_0`);
  expect(rest.body.data).toMatchObject([{ id: '1_1', sample: 1 }]);
  expect((await tenant.get(`/v1/evaluations/${id}/items?exact_match=true`)).body.data).toHaveLength(2);
  expect((await tenant.get(`/v1/evaluations/${id}/items?exact_match=false`)).body.data).toHaveLength(2);
  expect((await tenant.send('POST', `/v1/evaluations/${id}/cancel`)).body.error.code).toBe('evaluation_finished');

  const lines = await fetch(`${api.url}/v1/evaluations/${id}/items/export`, {
    headers: { authorization: `Bearer ${tenant.key}` },
  });
  expect(lines.headers.get('content-disposition')).toContain(`${id}-items.jsonl`);
  const exported = (await lines.text()).trimEnd().split('\n');
  expect(exported.map((line) => JSON.parse(line))).toEqual([...first.body.data, ...rest.body.data]);
  const parquet = await fetch(`${api.url}/v1/evaluations/${id}/items/export?format=parquet`, {
    headers: { authorization: `Bearer ${tenant.key}` },
  });
  const columns = await parquetReadObjects({ file: await parquet.arrayBuffer() });
  expect(columns.map((row) => [row['example'], row['question'], row['exact_match']])).toEqual([
    [0, 'Q0?', 1],
    [0, 'Q0?', 1],
    [1, 'Q1?', 0],
    [1, 'Q1?', 0],
  ]);

  const better = (await tenant.post('/v1/evaluations', { model: model.id, dataset: dataset.id })).body.id as string;
  const compare = (body: object) => tenant.post('/v1/evaluations/compare', body);
  expect((await compare({ a: id, b: better })).body.error.code).toBe('evaluation_not_finished');
  await api.dataSource.query(
    `INSERT INTO evaluation_items (evaluation_id, example, sample, response, reward, parts, flags, exact_match, format_valid, tool_calls, finish_reason, reward_status)
     SELECT $1, example, 0, '', 1, '{}', '{}', 1, true, 0, 'stop', 'scored' FROM generate_series(0, 1) example`,
    [better],
  );
  await api.dataSource.query(`UPDATE evaluations SET status = 'succeeded' WHERE id = $1`, [better]);
  expect((await compare({ a: id, b: better })).body).toMatchObject({
    questions: 2,
    mean_a: 0.5,
    mean_b: 1,
    difference: 0.5,
    standard_error: 0.5,
    mcnemar: { only_a: 0, only_b: 1, p_value: 1 },
    flipped: [{ example: 1, question: 'Q1?', a: 0, b: 1 }],
    differing: ['sampling'],
    warnings: ['the two differ in sampling: the difference is not one of the models alone'],
  });
  const elsewhere = (await tenant.post('/v1/evaluations', { model: model.id, dataset: (await rows.dataset()).id }))
    .body;
  await api.dataSource.query(`UPDATE evaluations SET status = 'succeeded' WHERE id = $1`, [elsewhere.id]);
  expect((await compare({ a: id, b: elsewhere.id })).body.error).toMatchObject({
    code: 'unprocessable_spec',
    param: 'b',
    message: expect.stringContaining('was asked other questions than'),
  });

  const other = await api.anotherTenant('evaluator');
  for (const path of [id, `${id}/items`]) expect((await other.get(`/v1/evaluations/${path}`)).status).toBe(404);
  expect((await other.send('POST', `/v1/evaluations/${id}/cancel`)).status).toBe(404);
});

test('an evaluation that cannot run is refused with its problems, and a queued one is cancelled at once', async () => {
  const [model, dataset, corpus] = [
    await rows.model(),
    await rows.dataset(),
    await rows.dataset({ kind: 'corpus' }, 0),
  ];
  const refused = async (body: object) =>
    (await tenant.post('/v1/evaluations', body)).body.error.problems.map(({ path }: { path: string }) => path);
  expect(await refused({ model: model.id })).toEqual(['dataset']);
  expect(await refused({ dataset: dataset.id })).toEqual(['model']);
  expect(await refused({ model: model.id, checkpoint: 'ckpt_1', dataset: dataset.id })).toEqual(['model']);
  expect(
    await refused({ checkpoint: 'ckpt_1', dataset: corpus.id, tools: [{ type: 'search', corpus: dataset.id }] }),
  ).toEqual(['checkpoint', 'dataset', 'tools[0].corpus']);
  const { body } = await tenant.post('/v1/evaluations', { model: model.id, dataset: dataset.id });
  expect((await tenant.delete(`/v1/models/${model.id}`)).body.error.code).toBe('model_in_use');
  expect((await tenant.send('POST', `/v1/evaluations/${body.id}/cancel`)).body.status).toBe('cancelled');
  expect((await tenant.send('POST', `/v1/evaluations/${body.id}/cancel`)).body.status).toBe('cancelled');
  expect((await tenant.get('/v1/evaluations?status=cancelled')).body.data).toHaveLength(1);
});

test('an evaluation that no worker can carry out waits, and says for what', async () => {
  const [model, dataset] = [await rows.model(), await rows.dataset()];
  const post = (accelerator: string) =>
    tenant.post('/v1/evaluations', { model: model.id, dataset: dataset.id, accelerator });
  const { body } = await post('webgpu');
  const missing = 'accelerator: no worker that is online has webgpu: it waits until one is started';
  expect(body).toMatchObject({ status: 'queued', spec: { accelerator: 'webgpu' }, warnings: [missing] });
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: body.id })).toMatchObject({
    requires: { accelerator: 'webgpu' },
  });
  expect((await post('cuda')).body.error.param).toBe('accelerator');
});

test('an evaluation of a checkpoint takes what is not given from the run that made it', async () => {
  const [dataset, corpus] = [await rows.dataset(), await rows.dataset({ kind: 'corpus' }, 0)];
  const run = await rows.run('succeeded', {
    spec: resolveRunSpec({
      method: 'grpo',
      model: (await rows.model()).id,
      dataset: dataset.id,
      tools: [{ type: 'python' }, { type: 'search', corpus: corpus.id, top_k: 1 }],
      prompt: { system: 'Be brief.' },
      reward: { type: 'f1' },
      rollout: { max_response_tokens: 64, tool_call_limit: 7 },
    }),
  });
  const checkpoint = await rows.checkpoint(run.id, api.blobs, { 'config.json': '{}' });
  const evaluate = (given: object = {}) =>
    tenant.post('/v1/evaluations', { checkpoint: checkpoint.id, dataset: dataset.id, ...given });
  const { spec } = (await evaluate()).body;
  expect(spec).toMatchObject({
    tools: [
      { type: 'python', timeout_s: 10 },
      { type: 'search', corpus: corpus.id, top_k: 1 },
    ],
    prompt: { system: 'Be brief.' },
    grader: { type: 'f1' },
    sampling: { temperature: 0, samples: 1, max_response_tokens: 64, tool_call_limit: 7 },
  });
  // As runs are stored that were made before results were limited.
  for (const old of [`spec #- '{rollout,max_result_tokens}'`, `jsonb_set(spec, '{rollout,max_result_tokens}', '64')`]) {
    await api.dataSource.query(`UPDATE runs SET spec = ${old} WHERE id = $1`, [run.id]);
    const { status, body } = await evaluate();
    expect([status, body.spec?.sampling.max_result_tokens]).toEqual([201, 32]);
  }
  const given = {
    tools: [],
    prompt: { system: null },
    grader: { type: 'exact_match' },
    sampling: { tool_call_limit: 1 },
  };
  expect((await evaluate(given)).body.spec).toMatchObject({
    ...given,
    sampling: { max_response_tokens: 64, tool_call_limit: 1 },
  });
  await api.dataSource.query(`UPDATE evaluations SET status = 'succeeded'`);
  await api.dataSource.query(`UPDATE jobs SET status = 'done' WHERE kind = 'evaluation.run'`);
  expect((await tenant.delete(`/v1/datasets/${corpus.id}`)).status).toBe(200);
  const refused = await evaluate();
  expect([refused.status, refused.body.error.problems]).toEqual([
    422,
    [
      {
        path: 'tools[1].corpus',
        message: `no such dataset: ${corpus.id}; ${run.id}, which made the checkpoint, searched it: give tools, with a corpus that there is`,
      },
    ],
  ]);
  expect((await evaluate({ tools: [{ type: 'python' }] })).status).toBe(201);
  expect((await tenant.post('/v1/evaluations', { model: run.modelId, dataset: dataset.id })).body.spec).toMatchObject({
    tools: [],
    prompt: { system: null },
    grader: { type: 'arpo' },
    sampling: { max_response_tokens: 1024, tool_call_limit: 3 },
  });
});

test('an evaluation after demonstrations with tool results must say which tools there are', async () => {
  const [dataset, demonstrations] = [await rows.dataset(), await rows.dataset({ kind: 'sft' }, 0)];
  const spec = resolveRunSpec({
    method: 'sft',
    model: (await rows.model()).id,
    dataset: demonstrations.id,
    prompt: { system: 'Be brief.' },
  });
  const run = await rows.run('succeeded', { method: 'sft', spec, datasetId: demonstrations.id });
  const checkpoint = await rows.checkpoint(run.id, api.blobs, { 'config.json': '{}' });
  const evaluate = (given: object = {}) =>
    tenant.post('/v1/evaluations', { checkpoint: checkpoint.id, dataset: dataset.id, ...given });
  expect((await evaluate()).body.spec).toMatchObject({ tools: [], prompt: { system: 'Be brief.' } });
  const messages: Message[] = [
    { role: 'user', content: 'How many?' },
    { role: 'assistant', content: '<python>2</python>' },
    { role: 'tool', content: '2' },
  ];
  const example = { datasetId: demonstrations.id, index: 0, line: 1, data: { messages, metadata: {} } };
  await insertRow(api.dataSource.manager, DatasetExample, example);
  const refused = await evaluate();
  expect([refused.status, refused.body.error.param]).toEqual([422, 'tools']);
  expect(refused.body.error.message).toContain(`the demonstrations of ${run.id}`);
  for (const tools of [[], [{ type: 'python' }]]) expect((await evaluate({ tools })).status).toBe(201);
});

test('a model without a chat template is refused when it is to be asked', async () => {
  const [model, dataset] = [await rows.model({ hasChatTemplate: false }), await rows.dataset()];
  const refusal = {
    path: 'model',
    message: `${model.id} is not usable: it has no chat template, which makes prompts of messages: bring it again with "chat_template" in its tokenizer_config.json`,
  };
  const run = { method: 'grpo', model: model.id, dataset: dataset.id };
  expect((await tenant.post('/v1/runs', run)).body.error.problems).toEqual([refusal]);
  expect((await tenant.post('/v1/runs/preview', run)).body.problems).toEqual([refusal]);
  const refused = await tenant.post('/v1/evaluations', { model: model.id, dataset: dataset.id });
  expect([refused.status, refused.body.error.problems]).toEqual([422, [refusal]]);
  const reference = {
    ...run,
    model: (await rows.model()).id,
    training: { reference_model: model.id, kl_coefficient: 0.1 },
  };
  expect((await tenant.post('/v1/runs', reference)).status).toBe(201);
});
