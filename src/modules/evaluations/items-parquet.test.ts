import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import type { ItemObject } from './evaluation.schema.js';
import { parquetOf } from './items-parquet.js';

const item = (example: number, more: Partial<ItemObject> = {}): ItemObject => ({
  object: 'evaluation.item',
  id: `${example}_0`,
  example,
  sample: 0,
  question: 'Où?',
  references: ['Lima', 'Líma'],
  response: '<answer>Lima</answer>',
  answer: 'Lima',
  reward: 0.5,
  parts: { f1: 0.5 },
  flags: ['match'],
  exact_match: 1,
  format_valid: true,
  tool_calls: 2,
  model_tokens: 9,
  finish_reason: 'stop',
  reward_status: 'scored',
  ...more,
});

async function written(...pages: ItemObject[][]): Promise<ArrayBuffer> {
  const parts: Buffer[] = [];
  for await (const part of parquetOf(given(pages))) parts.push(part);
  return new Uint8Array(Buffer.concat(parts)).buffer;
}

async function* given(pages: ItemObject[][]): AsyncGenerator<ItemObject[]> {
  yield* pages;
}

test('every page is a group of rows, and what is read is what was written', async () => {
  const nothing = { question: null, answer: null, reward: null, exact_match: null, flags: [] };
  const lost = item(2, { ...nothing, references: null, model_tokens: null, reward_status: 'infra_error' });
  const file = await written([item(0), item(1)], [lost]);
  expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([2, 1]);
  const rows = await parquetReadObjects({ file });
  const { object: _object, id: _id, parts, ...first } = item(0);
  expect(rows[0]).toEqual({ ...first, parts: JSON.stringify(parts) });
  expect(rows[2]).toMatchObject({ example: 2, ...nothing, model_tokens: null, reward_status: 'infra_error' });
  expect(rows[2]?.['references'] ?? null).toBeNull();
});

test('of an evaluation without items there are no rows, and all columns', async () => {
  const { num_rows, schema } = parquetMetadata(await written());
  expect([Number(num_rows), schema[0]?.num_children]).toEqual([0, 15]);
});
