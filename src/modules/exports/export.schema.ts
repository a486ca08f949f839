/** What the API answers about exports; what it takes is `src/spec/export-spec.ts`. */
import { z } from 'zod';
import { Failure, Seconds, seconds, StoredFile } from '../../http/answer/common.schema.js';
import { pageFields, pageOf } from '../../http/answer/page.js';
import { WaitingFor, waitingText, type Waiting } from '../../http/answer/waiting-for.js';
import { anyOf, metadataFilter } from '../../http/request/query.schema.js';
import { EXPORT_DTYPES, EXPORT_FORMATS, RESOURCE_STATUSES } from '../../spec/enums.js';
import { ModelOrCheckpointId } from '../../spec/ids.js';
import { Metadata } from '../../spec/metadata.js';
import type { Export } from '../../store/entities/export.entity.js';

export const ExportObject = z
  .object({
    id: z.string(),
    object: z.literal('export'),
    created_at: Seconds,
    model: z.string().describe('The model or the checkpoint; its export stays when it is deleted.'),
    format: z.enum(EXPORT_FORMATS),
    dtype: z.enum(EXPORT_DTYPES),
    status: z.enum(RESOURCE_STATUSES),
    error: Failure.nullable(),
    waiting_for: WaitingFor,
    files: z.array(StoredFile).describe('None until it is ready.'),
    size_bytes: z.int().nullable(),
    metadata: Metadata,
  })
  .meta({ id: 'Export' });
export type ExportObject = z.infer<typeof ExportObject>;

export const ExportList = pageOf(ExportObject, 'ExportList');

export const ExportQuery = z.strictObject({
  ...pageFields('export'),
  model: ModelOrCheckpointId.optional().describe('Only exports of this model or checkpoint.'),
  status: anyOf(RESOURCE_STATUSES),
  metadata: metadataFilter,
});
export type ExportQuery = z.infer<typeof ExportQuery>;

export function exportObject(row: Waiting<Export>): ExportObject {
  return {
    id: row.id,
    object: 'export',
    created_at: seconds(row.createdAt),
    model: row.modelId,
    format: row.format,
    dtype: row.dtype,
    status: row.status,
    error: row.error,
    waiting_for: waitingText(row),
    files: row.files,
    size_bytes: row.sizeBytes,
    metadata: row.metadata,
  };
}
