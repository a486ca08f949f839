/** Migrations of databases that hold something, from the one before to the one under test and back. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataSource } from 'typeorm';
import { migrations } from '../migrations/index.js';
import { BringModels1764100000000 } from '../migrations/1764100000000-bring-models.js';
import { RecordUses1764300000000 } from '../migrations/1764300000000-record-uses.js';
import { ResolvedEvaluationSpec } from '../src/spec/evaluation-spec.js';
import { ResolvedRunSpec } from '../src/spec/run-spec.js';
import { createDataSource } from '../src/store/data-source.js';
import firstSpecs from './support/first-specs.json' with { type: 'json' };
import { createTestServices, type TestServices } from './support/services.js';

let services: TestServices;
let dataSource: DataSource;

beforeEach(async () => {
  services = await createTestServices();
});

afterEach(async () => {
  await dataSource.destroy();
  await services.drop();
});

/** A database as it was before a migration, connected so that migrating it goes up to that one. */
async function before(migration: (typeof migrations)[number]): Promise<DataSource> {
  const all = await createDataSource(services.databaseUrl).initialize();
  const place = migrations.indexOf(migration);
  for (let i = migrations.length; i > place; i--) await all.undoLastMigration();
  const { options } = all;
  await all.destroy();
  return new DataSource({ ...options, migrations: migrations.slice(0, place + 1) }).initialize();
}

async function insert(table: string, rows: Record<string, unknown>[]): Promise<void> {
  for (const row of rows) {
    const given = table === 'projects' ? row : { project_id: 'proj_1', ...row };
    const columns = Object.keys(given);
    await dataSource.query(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
      Object.values(given),
    );
  }
}

test('specs that the first version stored are whole for today’s, and the way back keeps their rows', async () => {
  const { evaluation, ...runSpecs } = firstSpecs;
  dataSource = await before(BringModels1764100000000);
  await dataSource.runMigrations();
  await insert('projects', [{ id: 'proj_1', name: 'one' }]);
  const of = { model_id: 'mdl_1', dataset_id: 'ds_1', usage: {} };
  const runs = Object.entries(runSpecs).map(([method, spec]) => ({ method, spec }));
  await insert(
    'runs',
    runs.map(({ method, spec }) => ({ id: `run_${method}`, method, spec, ...of, progress: {} })),
  );
  await insert(
    'run_previews',
    runs.map(({ method, spec }) => ({ id: `prv_${method}`, spec, problems: '[]' })),
  );
  await insert('evaluations', [{ id: 'eval_1', spec: evaluation, ...of, progress: { done: 0, total: null } }]);
  await dataSource.destroy();

  dataSource = await createDataSource(services.databaseUrl).initialize();
  await dataSource.runMigrations();

  const specs = (table: string) => dataSource.query<{ id: string; spec: object }[]>(`SELECT id, spec FROM ${table}`);
  for (const { id, spec } of [...(await specs('runs')), ...(await specs('run_previews'))])
    expect({ id, spec: ResolvedRunSpec.parse(spec) }).toEqual({ id, spec });
  for (const { spec } of await specs('evaluations')) expect(ResolvedEvaluationSpec.parse(spec)).toEqual(spec);

  for (let i = migrations.indexOf(BringModels1764100000000) + 1; i < migrations.length; i++)
    await dataSource.undoLastMigration();
  expect(Object.fromEntries((await specs('runs')).map(({ id, spec }) => [id, spec]))).toEqual(
    Object.fromEntries(runs.map(({ method, spec }) => [`run_${method}`, spec])),
  );
});

test('who uses what is filled from the specs and files that there are, and undone', async () => {
  dataSource = await before(RecordUses1764300000000);
  expect(await dataSource.query(`SELECT to_regclass('uses') AS table`)).toEqual([{ table: null }]);
  await insert('projects', [{ id: 'proj_1', name: 'one' }]);
  const file = (sha256: string) => JSON.stringify([{ name: 'a', sha256, size_bytes: 1 }]);
  await insert('datasets', [
    { id: 'ds_1', name: 'a', kind: 'rl', format: 'jsonl', sha256: 'aa', size_bytes: 1 },
    { id: 'ds_2', name: 'b', kind: 'corpus', format: 'jsonl', sha256: 'bb', size_bytes: 1, deleted_at: new Date() },
  ]);
  const trained = (dataset: unknown) => JSON.stringify({ type: 'random', tokenizer: { train: { dataset } } });
  await insert('models', [
    { id: 'mdl_1', name: 'a', source: trained(['ds_1', 'ds_2']), files: file('cc') },
    { id: 'mdl_2', name: 'b', source: trained('ds_1') },
    { id: 'mdl_3', name: 'c', source: JSON.stringify({ type: 'random', tokenizer: 'mdl_1' }) },
    { id: 'mdl_4', name: 'ds_1', source: '{"type": "upload"}', archive_sha256: 'dd', files: file('cc') },
  ]);
  const spec = {
    name: 'mdl_4',
    model: 'ckpt_1',
    dataset: 'ds_1',
    tools: [{ type: 'search', corpus: 'ds_2' }, { type: 'python' }],
    evaluation: { dataset: 'ds_3' },
    training: { reference_model: 'mdl_2' },
  };
  const run = { method: 'arpo', spec, model_id: 'ckpt_1', dataset_id: 'ds_1', progress: {}, usage: {} };
  await insert('runs', [
    { id: 'run_1', ...run },
    { id: 'run_2', ...run, deleted_at: new Date() },
    { id: 'run_3', ...run, method: 'sft', spec: { model: 'ckpt_1', dataset: 'ds_1', training: {} } },
  ]);
  await insert('checkpoints', [
    { id: 'ckpt_1', run_id: 'run_1', step: 1, kind: 'training', size_bytes: 1, files: file('ee'), attempt: 1 },
  ]);
  await insert('run_previews', [
    { id: 'prv_1', spec, problems: '[]' },
    { id: 'prv_2', spec: null, problems: '[{"path": "method", "message": "no"}]', status: 'ready' },
  ]);
  const progress = { done: 0, total: null };
  await insert('evaluations', [
    { id: 'eval_1', spec: { tools: spec.tools }, model_id: 'mdl_1', dataset_id: 'ds_1', progress, usage: {} },
  ]);
  await insert('exports', [{ id: 'exp_1', model_id: 'ckpt_1', format: 'onnx', dtype: 'float32', files: file('ff') }]);

  await dataSource.runMigrations();

  const rows = await dataSource.query<Record<string, string>[]>(
    `SELECT user_kind || ' ' || user_id AS "user", used_kind || ' ' || used_id AS used, ended_at IS NOT NULL AS ended FROM uses
     ORDER BY user_id, used_id`,
  );
  const uses: Record<string, string[]> = {};
  for (const { user, used, ended } of rows) (uses[user!] ??= []).push(`${used}${ended ? ' ended' : ''}`);
  const named = ['checkpoint ckpt_1', 'dataset ds_1', 'dataset ds_2', 'dataset ds_3', 'model mdl_2'];
  expect(uses).toEqual({
    'checkpoint ckpt_1': ['blob ee'],
    'dataset ds_1': ['blob aa'],
    'dataset ds_2': ['blob bb ended'],
    'evaluation eval_1': ['dataset ds_1', 'dataset ds_2', 'model mdl_1'],
    'export exp_1': ['checkpoint ckpt_1', 'blob ff'],
    'model mdl_1': ['blob cc', 'dataset ds_1', 'dataset ds_2'],
    'model mdl_2': ['dataset ds_1'],
    'model mdl_3': ['model mdl_1'],
    'model mdl_4': ['blob cc', 'blob dd'],
    'preview prv_1': named,
    'run run_1': named,
    'run run_3': ['checkpoint ckpt_1', 'dataset ds_1'],
  });

  await dataSource.undoLastMigration();
  expect(await dataSource.query(`SELECT to_regclass('uses') AS table`)).toEqual([{ table: null }]);
  expect(await dataSource.query('SELECT id FROM runs ORDER BY id')).toHaveLength(3);
});
