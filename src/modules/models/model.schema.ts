/** What the API answers about models; what it takes is `src/spec/model-spec.ts`. */
import { z } from 'zod';
import { Failure, Seconds, seconds, StoredFile } from '../../http/answer/common.schema.js';
import { pageFields, pageOf } from '../../http/answer/page.js';
import { WaitingFor, waitingText, type Waiting } from '../../http/answer/waiting-for.js';
import { anyOf, metadataFilter } from '../../http/request/query.schema.js';
import { RESOURCE_STATUSES, WEIGHT_DTYPES } from '../../spec/enums.js';
import { Metadata } from '../../spec/metadata.js';
import { ModelArchitecture, ModelSource } from '../../spec/model-spec.js';
import type { Model } from '../../store/entities/model.entity.js';

/** The fields of the form beside the file. */
export const ModelForm = z.strictObject({
  name: z.string().min(1).max(200).optional().describe("Default: the file's name."),
  source: z.strictObject({ type: z.literal('upload') }).optional(),
  metadata: Metadata.default({}),
});

export const ModelObject = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created_at: Seconds,
    owned_by: z.string().describe('The project.'),
    name: z.string(),
    source: ModelSource,
    status: z.enum(RESOURCE_STATUSES),
    error: Failure.nullable(),
    waiting_for: WaitingFor,
    progress: z
      .object({ bytes: z.int(), total_bytes: z.int().nullable() })
      .nullable()
      .describe('While its files are being brought: how much has come.'),
    commit: z.string().nullable().describe('Of a repository: the commit that `source.revision` was.'),
    architecture: ModelArchitecture.nullable().describe('Null until the model is ready, as everything below.'),
    parameters: z.int().nullable().describe('Number of weights; tied ones once.'),
    dtype: z.enum(WEIGHT_DTYPES).nullable().describe('Of the weights in the files.'),
    has_chat_template: z.boolean().nullable(),
    vocab_size: z.int().nullable(),
    context_length: z.int().nullable().describe('Tokens.'),
    warnings: z
      .array(z.string())
      .describe(
        'What is not as its files or its spec say, and what makes it doubtful that its answers are worth anything.',
      ),
    size_bytes: z.int().nullable().describe('Of all files.'),
    files: z.array(StoredFile),
    metadata: Metadata,
  })
  .meta({ id: 'Model' });
export type ModelObject = z.infer<typeof ModelObject>;

export const ModelList = pageOf(ModelObject, 'ModelList');

export const ModelQuery = z.strictObject({
  ...pageFields('model'),
  status: anyOf(RESOURCE_STATUSES),
  metadata: metadataFilter,
});
export type ModelQuery = z.infer<typeof ModelQuery>;

export function modelObject(model: Waiting<Model>): ModelObject {
  return {
    id: model.id,
    object: 'model',
    created_at: seconds(model.createdAt),
    owned_by: model.projectId,
    name: model.name,
    source: model.source,
    status: model.status,
    error: model.error,
    waiting_for: waitingText(model),
    progress: model.progress,
    commit: model.commit,
    architecture: model.architecture,
    parameters: model.parameters,
    dtype: model.dtype,
    has_chat_template: model.hasChatTemplate,
    vocab_size: model.vocabSize,
    context_length: model.contextLength,
    warnings: model.warnings,
    size_bytes: model.status === 'ready' ? model.files.reduce((sum, file) => sum + file.size_bytes, 0) : null,
    files: model.files,
    metadata: model.metadata,
  };
}
