/** What the API answers about models; what it takes is `src/spec/model-spec.ts`. */
import { z } from 'zod';
import { Failure, Seconds, seconds, StoredFile } from '../../http/common.schema.js';
import { pageFields, pageOf } from '../../http/page.js';
import { anyOf, metadataFilter } from '../../http/query.schema.js';
import { RESOURCE_STATUSES } from '../../spec/enums.js';
import { Architecture, ModelSpecInput } from '../../spec/model-spec.js';
import { Metadata } from '../../spec/run-spec.js';
import type { Model } from '../../store/entities/model.entity.js';

export const ModelObject = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created_at: Seconds,
    owned_by: z.string().describe('The project.'),
    name: z.string(),
    source: ModelSpecInput.shape.source,
    status: z.enum(RESOURCE_STATUSES),
    error: Failure.nullable(),
    architecture: Architecture.nullable().describe('With every default filled in; null until the model is ready.'),
    parameters: z.int().nullable().describe('Number of weights.'),
    vocab_size: z.int().nullable(),
    context_length: z.int().nullable().describe('Tokens.'),
    files: z.array(StoredFile),
    metadata: Metadata,
  })
  .meta({ id: 'Model' });
export type ModelObject = z.infer<typeof ModelObject>;

export const ModelList = pageOf(ModelObject, 'ModelList');

export const ModelQuery = z.strictObject({ ...pageFields, status: anyOf(RESOURCE_STATUSES), metadata: metadataFilter });
export type ModelQuery = z.infer<typeof ModelQuery>;

export function modelObject(model: Model): ModelObject {
  return {
    id: model.id,
    object: 'model',
    created_at: seconds(model.createdAt),
    owned_by: model.projectId,
    name: model.name,
    source: model.source,
    status: model.status,
    error: model.error,
    architecture: model.architecture,
    parameters: model.parameters,
    vocab_size: model.vocabSize,
    context_length: model.contextLength,
    files: model.files,
    metadata: model.metadata,
  };
}
