/** The upload's form as OpenAPI describes it. */
import type { ApiBodyOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { DatasetFields } from './dataset.schema.js';

type FormSchema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

/** Shared schemas are components of the document. */
const fields = JSON.parse(
  JSON.stringify(z.toJSONSchema(DatasetFields, { io: 'input' })).replaceAll('#/$defs/', '#/components/schemas/'),
) as z.core.JSONSchema.JSONSchema;

export const uploadForm = {
  type: 'object',
  required: ['file', ...(fields.required ?? [])],
  properties: {
    file: { type: 'string', contentMediaType: 'application/octet-stream', description: 'JSON Lines.' },
    ...fields.properties,
  },
} as FormSchema;
