/** The items of an evaluation as a Parquet file, a group of rows at a time. Reads no database. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { SchemaElement } from 'hyparquet';
import type { ItemObject } from './evaluation.schema.js';

interface ItemColumn {
  readonly name: keyof ItemObject;
  /** Of a Parquet file: the column, and what is within it. */
  readonly schema: readonly SchemaElement[];
  /** Where it is stored as something else. */
  readonly stored?: (item: ItemObject) => unknown;
}

const scalar = (
  name: keyof ItemObject,
  type: NonNullable<SchemaElement['type']>,
  more: Partial<SchemaElement> = {},
): ItemColumn => ({
  name,
  schema: [{ name, type, repetition_type: 'OPTIONAL', ...more }],
});
const text = (name: keyof ItemObject): ItemColumn => scalar(name, 'BYTE_ARRAY', { converted_type: 'UTF8' });
const texts = (name: keyof ItemObject): ItemColumn => ({
  name,
  schema: [
    { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  ],
});

const COLUMNS: readonly ItemColumn[] = [
  scalar('example', 'INT32'),
  scalar('sample', 'INT32'),
  text('question'),
  texts('references'),
  text('response'),
  text('answer'),
  scalar('reward', 'DOUBLE'),
  // Which parts there are is for the grader.
  { ...text('parts'), stored: ({ parts }) => JSON.stringify(parts) },
  texts('flags'),
  scalar('exact_match', 'DOUBLE'),
  scalar('format_valid', 'BOOLEAN'),
  scalar('tool_calls', 'INT32'),
  scalar('model_tokens', 'INT32'),
  text('finish_reason'),
  text('reward_status'),
];

/** @param pages each becomes a group of rows */
export async function* parquetOf(pages: AsyncIterable<readonly ItemObject[]>): AsyncGenerator<Buffer> {
  const writer = new ByteWriter();
  const schema = [{ name: 'items', num_children: COLUMNS.length }, ...COLUMNS.flatMap((column) => column.schema)];
  const parquet = new ParquetWriter({ writer, schema, createdBy: 'bough' });
  const written = (): Buffer => {
    const bytes = Buffer.from(writer.buffer.slice(0, writer.index));
    // As the library's own writer of files does: offsets go on, the buffer begins again.
    writer.index = 0;
    return bytes;
  };
  for await (const items of pages) {
    if (items.length === 0) continue;
    const columnData = COLUMNS.map(({ name, stored }) => ({
      name,
      data: items.map((item) => (stored ? stored(item) : item[name])),
    }));
    await parquet.write({ columnData, rowGroupSize: items.length });
    yield written();
  }
  await parquet.finish();
  yield written();
}
