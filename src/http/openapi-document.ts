/** The OpenAPI document, made from the controllers and the zod schemas. Needs neither database nor Redis. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { BODIES_EXTENSION } from './answer/answers.js';
import { withExamples } from './examples/with-examples.js';
import { withNamedVariants } from './named-variants.js';

const DESCRIPTION = `Trains tool-using language-model agents: upload a dataset, post a run, watch it, read its trajectories and evaluations, and
download checkpoints.

- Every answer has the header \`x-request-id\`. Errors are \`{error: {type, code, message, param}}\`.
- A key has scopes: \`read\` for GET, \`write\` for everything else, \`admin\` for keys, \`operator\` for projects. Without the one that is needed: 403.
- Lists are read page by page: \`after\` takes the \`last_id\` of the page before.
- Strings have neither U+0000 nor half of a surrogate pair: both are refused (400).
- Enums are open: expect values that this document does not know.
- A POST with an \`Idempotency-Key\` happens once: the same key and body give the first answer again for 24 hours. What was refused is not
  remembered.`;

export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Bough')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `bgh_…`.' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
    standardSchemaConverter: toJsonSchema,
  });
  return withExamples(withNamedVariants(withStorableTexts(withDeepObjects(withBodies(withEventStreams(document))))));
}

/** What can also be streamed answers another media type; a list perhaps nothing. */
function withEventStreams(document: OpenAPIObject): OpenAPIObject {
  const events = document.paths['/v1/runs/{id}/events']?.get;
  const completions = Object.entries(document.paths).flatMap(([path, { post }]) =>
    path.endsWith('/chat/completions') ? [post] : [],
  );
  for (const operation of [events, ...completions]) {
    const answer = operation?.responses?.['200'];
    if (answer && 'content' in answer) {
      answer.content = { ...answer.content, 'text/event-stream': { schema: { type: 'string' } } };
    }
  }
  if (events?.responses) events.responses['204'] = { description: 'Of a stream: there is nothing more to come' };
  return document;
}

/** Routes that take several media types: Nest knows only one body. */
function withBodies(document: OpenAPIObject): OpenAPIObject {
  for (const { post } of Object.values(document.paths)) {
    const operation: (typeof post & { [BODIES_EXTENSION]?: Record<string, object> }) | undefined = post;
    const bodies = operation?.[BODIES_EXTENSION];
    const body = operation?.requestBody;
    if (!bodies || !body || !('content' in body)) continue;
    for (const [type, schema] of Object.entries(bodies)) body.content[type] = { schema };
    delete operation[BODIES_EXTENSION];
  }
  return document;
}

/** Serves the document, and a page to read and try it. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: '/openapi.json',
    customSiteTitle: 'Bough API',
    swaggerOptions: { persistAuthorization: true },
  });
}

/** `?metadata[team]=search` is what OpenAPI calls a deep object. */
function withDeepObjects(document: OpenAPIObject): OpenAPIObject {
  for (const { get } of Object.values(document.paths)) {
    for (const parameter of get?.parameters ?? []) {
      if ('name' in parameter && parameter.name === 'metadata') {
        Object.assign(parameter, { style: 'deepObject', explode: true });
      }
    }
  }
  return document;
}

/** What `unstorableTexts` refuses, as far as a pattern can say it: texts of requests without another limit to their characters. */
const STORABLE = '^[^\\u0000]*$';

function withStorableTexts(document: OpenAPIObject): OpenAPIObject {
  const seen = new Set<unknown>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    const schema = node as Record<string, unknown>;
    const name = /^#\/components\/schemas\/(.*)$/.exec(String(schema['$ref']))?.[1];
    if (name !== undefined) visit(document.components?.schemas?.[name]);
    const isLimited = ['pattern', 'format', 'enum', 'const', 'contentMediaType'].some((limit) => limit in schema);
    if (schema['type'] === 'string' && !isLimited) schema['pattern'] = STORABLE;
    for (const inner of Object.values(schema)) visit(inner);
  };
  for (const item of Object.values(document.paths)) {
    for (const operation of [item.get, item.post, item.delete]) visit([operation?.parameters, operation?.requestBody]);
  }
  return document;
}

function toJsonSchema(schema: unknown): { schema: unknown; components: Record<string, unknown> } | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const {
    $schema: _,
    $defs = {},
    ...converted
  } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves out the default of what it reads from text.
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
      // Generators of clients know neither a choice of one nor `false` as a schema.
      if (jsonSchema.items === false) delete jsonSchema.items;
      const [only, ...others] = jsonSchema.oneOf ?? [];
      if (only && others.length === 0) Object.assign(jsonSchema, only, { oneOf: undefined });
    },
  });
  return { schema: converted, components: $defs };
}
