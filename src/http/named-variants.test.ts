import type { OpenAPIObject } from '@nestjs/swagger';
import { expect, test } from 'vitest';
import { withNamedVariants } from './named-variants.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const documentOf = (schemas: Schemas): OpenAPIObject => ({
  openapi: '3.1.0',
  info: { title: '', version: '1' },
  paths: {},
  components: { schemas },
});
const choice = (type: string) => ({ type: 'object', properties: { type: { type: 'string', enum: [type] } } });

test('choices are named after what tells them apart, and those that have a name keep it', () => {
  const named = withNamedVariants(
    documentOf({
      Tool: { oneOf: [choice('python'), choice('web_search'), { $ref: '#/components/schemas/Other' }] },
      Source: { anyOf: [{ type: 'object', properties: { train: {} }, required: ['train'] }, { type: 'string' }] },
      Other: { type: 'object' },
    }),
  );
  expect(named.components?.schemas).toEqual({
    Tool: {
      oneOf: ['ToolPython', 'ToolWebSearch', 'Other'].map((name) => ({ $ref: `#/components/schemas/${name}` })),
    },
    ToolPython: choice('python'),
    ToolWebSearch: choice('web_search'),
    Source: { anyOf: [{ $ref: '#/components/schemas/SourceTrain' }, { type: 'string' }] },
    SourceTrain: { type: 'object', properties: { train: {} }, required: ['train'] },
    Other: { type: 'object' },
  });
});

test('two choices of one name are refused', () => {
  const twice = documentOf({ Tool: { oneOf: [choice('python'), choice('python')] } });
  expect(() => withNamedVariants(twice)).toThrow('ToolPython is a schema already: name the choice 2 of Tool otherwise');
});
