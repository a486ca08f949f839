/** The fields of an upload's form: objects arrive as JSON text, or as `metadata[team]`. Not the file: see upload.ts. */
import { createHash } from 'node:crypto';
import { applyDecorators } from '@nestjs/common';
import { ApiQuery, type ApiQueryOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.js';
import { checkShape } from './json-shape.js';
import { problemsOf, unstorableTexts } from '../answer/problems.js';
import { refuseReserved } from './reserved-names.js';
import type { Upload } from './upload.js';

type QuerySchema = Extract<ApiQueryOptions, { schema: unknown }>['schema'];

/**
 * @param objects names of the fields that are objects
 * @throws {AppError} INVALID_REQUEST naming every bad field
 */
export function readForm<S extends z.ZodType>(
  texts: Readonly<Record<string, string>>,
  schema: S,
  objects: readonly string[],
): z.output<S> {
  const { success, data, error } = schema.safeParse(assemble(texts, objects));
  const problems = success ? unstorableTexts(data) : problemsOf(error.issues);
  if (!success || problems.length > 0) throw new AppError('INVALID_REQUEST', { problems });
  return data;
}

/** Of the fields and the file: two uploads with the same hash are the same request. Hex. */
export function uploadHash({ fields, fileName, file }: Upload): string {
  const parts = [Object.entries(fields).map(String).toSorted(), fileName, file.sha256];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The fields and the file as OpenAPI describes them: shared schemas are components of the document. */
export function formSchema(fields: z.ZodType, fileDescription: string): z.core.JSONSchema.JSONSchema {
  const { required, properties } = JSON.parse(
    JSON.stringify(z.toJSONSchema(fields, { io: 'input' })).replaceAll('#/$defs/', '#/components/schemas/'),
  ) as z.core.JSONSchema.JSONSchema;
  const file = { type: 'string', format: 'binary', description: fileDescription } as const;
  return { type: 'object', required: ['file', ...(required ?? [])], properties: { file, ...properties } };
}

/** Documents that the fields may be given in the query as well. Which of them are required is said of the form. */
export function FieldsInQuery(fields: z.ZodType): MethodDecorator {
  const { file: _, ...properties } = formSchema(fields, '').properties ?? {};
  return applyDecorators(
    ...Object.entries(properties).map(([name, property]) => {
      const { description, ...schema } = property as z.core.JSONSchema.BaseSchema;
      const isObject = schema.type === 'object' || '$ref' in schema;
      return ApiQuery({
        name,
        required: false,
        ...(description === undefined ? {} : { description }),
        schema: schema as QuerySchema,
        ...(isObject ? { style: 'deepObject' as const, explode: true } : {}),
      });
    }),
  );
}

function assemble(texts: Readonly<Record<string, string>>, objects: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(texts)) {
    refuseReserved(name);
    const [, object, key] = /^(\w+)\[([^\]]+)\]$/.exec(name) ?? [];
    if (object !== undefined && key !== undefined && objects.includes(object)) {
      fields[object] = { ...(fields[object] as object | undefined), [key]: text };
    } else if (objects.includes(name)) {
      fields[name] = json(name, text);
    } else {
      fields[name] = text;
    }
  }
  return fields;
}

function json(name: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw AppError.invalid(name, 'must be a JSON object');
  }
  checkShape(text, value, name);
  return value;
}
