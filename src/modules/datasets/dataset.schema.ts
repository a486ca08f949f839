/** What the API takes and answers about datasets. */
import { z } from 'zod';
import { Failure, Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageFields, pageOf, sequenceFields } from '../../http/answer/page.js';
import { WaitingFor, waitingText, type Waiting } from '../../http/answer/waiting-for.js';
import { anyOf, metadataFilter } from '../../http/request/query.schema.js';
import { DATASET_KINDS, RESOURCE_STATUSES } from '../../spec/enums.js';
import { Metadata } from '../../spec/metadata.js';
import type { DatasetExample } from '../../store/entities/dataset-example.entity.js';
import type { Dataset } from '../../store/entities/dataset.entity.js';
import { DATA_BY_KIND } from './dataset-kinds.js';

export const DATASET_FORMATS = ['auto', 'jsonl', 'json', 'parquet', 'csv'] as const;

const Mapping = z
  .record(z.string().max(64), z.string().min(1).max(200))
  .describe('Names of your fields, by ours: `{"question": "problem", "answer": "reward_model.ground_truth"}`.');

/** The fields of the form beside the file. */
export const DatasetFields = z.strictObject({
  name: z.string().min(1).max(200).optional().describe("Default: the file's name."),
  kind: z.enum(DATASET_KINDS),
  format: z
    .enum(DATASET_FORMATS)
    .default('auto')
    .describe(
      'What the file is, its beginning says: JSON Lines, a JSON array, CSV or Parquet. Only a CSV file of one column needs `csv` to be taken for one.',
    ),
  mapping: Mapping.default({}),
  metadata: Metadata.default({}),
});
export type DatasetFields = z.infer<typeof DatasetFields>;

export const DatasetObject = z
  .object({
    id: z.string(),
    object: z.literal('dataset'),
    created_at: Seconds,
    name: z.string(),
    kind: z.enum(DATASET_KINDS),
    format: z
      .string()
      .describe('Once the rows are read, what the file was: `jsonl`, `json` for one JSON array, `csv` or `parquet`.'),
    mapping: Mapping,
    status: z.enum(RESOURCE_STATUSES),
    error: Failure.nullable(),
    waiting_for: WaitingFor,
    sha256: z.string().describe('Of the file as uploaded.'),
    size_bytes: z.int(),
    num_examples: z.int().nullable(),
    num_rejected: z.int().nullable(),
    rejected_rows: z
      .array(z.object({ line: z.int(), reason: z.string() }))
      .describe(
        'The first hundred. In a JSON array `line` is where the element begins, and `reason` names the element, from 1; of a Parquet file it is the number of the row.',
      ),
    warnings: z.array(z.string()).describe('What was changed in the rows, and why.'),
    metadata: Metadata,
  })
  .meta({ id: 'Dataset' });
export type DatasetObject = z.infer<typeof DatasetObject>;

export const DatasetList = pageOf(DatasetObject, 'DatasetList');

export const DatasetQuery = z.strictObject({
  ...pageFields('dataset'),
  kind: anyOf(DATASET_KINDS),
  status: anyOf(RESOURCE_STATUSES),
  metadata: metadataFilter,
});
export type DatasetQuery = z.infer<typeof DatasetQuery>;

export const ExampleObject = z
  .object({
    object: z.literal('dataset.example'),
    index: z.int().describe('Place among the accepted rows, from 0: `example` elsewhere in this API.'),
    line: z
      .int()
      .describe('Line of the file on which its row begins, from 1; of a Parquet file, the number of the row.'),
    data: z.record(z.string(), z.unknown()).describe(DATA_BY_KIND),
  })
  .meta({ id: 'DatasetExample' });
export type ExampleObject = z.infer<typeof ExampleObject>;

export const ExampleList = pageOf(ExampleObject, 'DatasetExampleList');
export const ExampleQuery = z.strictObject(sequenceFields);
export type ExampleQuery = z.infer<typeof ExampleQuery>;

export function datasetObject(dataset: Waiting<Dataset>): DatasetObject {
  return {
    id: dataset.id,
    object: 'dataset',
    created_at: seconds(dataset.createdAt),
    name: dataset.name,
    kind: dataset.kind,
    format: dataset.format,
    mapping: dataset.mapping,
    status: dataset.status,
    error: dataset.error,
    waiting_for: waitingText(dataset),
    sha256: dataset.sha256,
    size_bytes: dataset.sizeBytes,
    num_examples: dataset.numExamples,
    num_rejected: dataset.numRejected,
    rejected_rows: dataset.rejectedRows,
    warnings: dataset.warnings,
    metadata: dataset.metadata,
  };
}

export function exampleObject({ index, line, data }: DatasetExample): ExampleObject {
  return { object: 'dataset.example', index, line, data: { ...data } };
}
