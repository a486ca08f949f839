/** Decorators that say what a route answers. */
import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiExtension, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { ChecksAnswer } from './checked-answer.js';
import { IDEMPOTENCY_KEY } from '../idempotency.js';

/** Every answer that is an error. */
export const ErrorBody = z
  .object({
    error: z.object({
      type: z.string().describe('The class of error, e.g. `invalid_request_error`; open.'),
      code: z.string().describe('Stable, e.g. `dataset_in_use`; open.'),
      message: z.string(),
      param: z.string().nullable().describe('The field at fault, as in `tools[0].timeout_s`.'),
      problems: z
        .array(z.object({ path: z.string(), message: z.string() }))
        .optional()
        .describe('Everything that was found wrong.'),
    }),
  })
  .meta({ id: 'Error' });

/** What DELETE answers. */
export const Deleted = z
  .object({ id: z.string(), object: z.string(), deleted: z.literal(true) })
  .meta({ id: 'Deleted' });
export type Deleted = z.infer<typeof Deleted>;

interface AnswerOptions {
  summary: string;
  description?: string;
  status?: number;
}

const answersFaults = (): MethodDecorator =>
  applyDecorators(
    ApiResponse({
      status: '4XX',
      description: 'The request cannot be met: the message says why',
      standardSchema: ErrorBody,
    }),
    ApiResponse({
      status: '5XX',
      description: 'A fault of the service, or it is not ready',
      standardSchema: ErrorBody,
    }),
  );

/** A route that answers JSON. */
export function Answers(schema: z.ZodType, { summary, description, status = 200 }: AnswerOptions): MethodDecorator {
  return applyDecorators(
    ChecksAnswer(schema),
    HttpCode(status),
    ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
    ApiResponse({ status, description: summary, standardSchema: schema }),
    answersFaults(),
  );
}

/** A route that answers bytes of this media type, or of one of these. */
export function AnswersBytes(
  mediaTypes: string | readonly string[],
  { status = 200, ...operation }: AnswerOptions & { operationId?: string },
): MethodDecorator {
  const { summary } = operation;
  return applyDecorators(
    ApiOperation(operation),
    ApiResponse({
      status,
      description: summary,
      content: Object.fromEntries(
        [mediaTypes].flat().map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
      ),
    }),
    answersFaults(),
  );
}

/** Name under which further media types wait to be put where OpenAPI has them; see openapi-document.ts. */
export const BODIES_EXTENSION = 'x-bodies';

/** Documents that a route takes these media types as well as the one of its body. */
export function DocumentsBodies(schemas: Readonly<Record<string, z.core.JSONSchema.JSONSchema>>): MethodDecorator {
  return ApiExtension(BODIES_EXTENSION, schemas) as MethodDecorator;
}

/** Documents the Idempotency-Key of a POST. */
export function TakesIdempotencyKey(): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key and body within 24 hours give the first answer again; another body is refused (409).',
    schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
  });
}
