/**
 * Finds what an earlier start of a study has made or begun, by its metadata, and makes it otherwise. What is found has the same contents, or it is not
 * the same: every body names by id what it builds on.
 */
import { unwrap, type Schemas } from 'bough/client';
import { createHash } from 'node:crypto';
import type { Client } from '../../examples/support/client.js';

/** A part of a study, such as `3-call/seed-11/grpo`, and the source that makes it. */
export interface Label {
  readonly study: string;
  readonly part: string;
  readonly commit: string;
}

export type DatasetKind = Schemas['Dataset']['kind'];

/** Whatever the service lists. */
interface Listed {
  readonly id: string;
  readonly status: string;
}

type Metadata = Record<string, string>;

const OVER_WITHOUT_RESULT: readonly string[] = ['failed', 'cancelling', 'cancelled'];

export async function dataset(
  { bough, signal }: Client,
  label: Label,
  kind: DatasetKind,
  rows: string,
): Promise<string> {
  const id = await findOrStart(label, rows, {
    list: async (metadata) => unwrap(await bough.api.GET('/v1/datasets', { params: { query: { metadata } } })).data,
    start: (metadata) => {
      const file = new File([rows], `${label.part.replaceAll('/', '-')}.jsonl`);
      return bough.uploadDataset(file, { kind, metadata, signal });
    },
  });
  const { rejected_rows: rejectedRows } = await bough.waitForDataset(id, { signal });
  const [rejected] = rejectedRows;
  if (rejected) throw new Error(`${label.part}, line ${rejected.line}: ${rejected.reason}`);
  return id;
}

export async function model({ bough, signal }: Client, label: Label, body: Schemas['ModelSpec']): Promise<string> {
  const id = await findOrStart(label, body, {
    list: async (metadata) => unwrap(await bough.api.GET('/v1/models', { params: { query: { metadata } } })).data,
    start: async (metadata) => unwrap(await bough.api.POST('/v1/models', { body: { ...body, metadata }, signal })),
  });
  await bough.waitForModel(id, { signal });
  return id;
}

/** Of a run that has not ended, or has succeeded. One that is paused goes on: whoever starts the study again wants its result. */
export async function run({ bough, signal }: Client, label: Label, body: Schemas['RunSpec']): Promise<string> {
  const id = await findOrStart(label, body, {
    list: async (metadata) => unwrap(await bough.api.GET('/v1/runs', { params: { query: { metadata } } })).data,
    start: async (metadata) => unwrap(await bough.api.POST('/v1/runs', { body: { ...body, metadata }, signal })),
  });
  const params = { path: { id } };
  const { status } = unwrap(await bough.api.GET('/v1/runs/{id}', { params, signal }));
  if (status === 'paused') unwrap(await bough.api.POST('/v1/runs/{id}/resume', { params, signal }));
  return id;
}

/** Of an evaluation that has not ended, or has succeeded. */
export function evaluation({ bough, signal }: Client, label: Label, body: Schemas['EvaluationSpec']): Promise<string> {
  return findOrStart(label, body, {
    list: async (metadata) => unwrap(await bough.api.GET('/v1/evaluations', { params: { query: { metadata } } })).data,
    start: async (metadata) => unwrap(await bough.api.POST('/v1/evaluations', { body: { ...body, metadata }, signal })),
  });
}

/** Of those that are the same the newest counts. */
async function findOrStart(
  { study, part, commit }: Label,
  contents: string | object,
  { list, start }: { list: (metadata: Metadata) => Promise<Listed[]>; start: (metadata: Metadata) => Promise<Listed> },
): Promise<string> {
  const text = typeof contents === 'string' ? contents : JSON.stringify(contents);
  const same = { study, part, sha256: createHash('sha256').update(text).digest('hex') };
  const known = (await list(same)).find(({ status }) => !OVER_WITHOUT_RESULT.includes(status));
  return (known ?? (await start({ ...same, commit }))).id;
}
