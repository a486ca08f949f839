import { expect, test } from 'vitest';
import document from '../../../../openapi/openapi.json' with { type: 'json' };
import { pathText, valueAt, withValue } from './paths.ts';
import { fieldsOf, shapeOf, type Schemas, type Shape } from './schema.ts';

const schemas = document.components.schemas as unknown as Schemas;

test('a part of a spec is set, and taken away with what is empty without it', () => {
  const spec = withValue({ method: 'arpo' }, ['rollout', 'group_size'], 8);
  expect(spec).toEqual({ method: 'arpo', rollout: { group_size: 8 } });
  expect(withValue(spec, ['rollout', 'group_size'], undefined)).toEqual({ method: 'arpo' });
  const tools = withValue(withValue({}, ['tools', 0, 'type'], 'search'), ['tools', 1, 'type'], 'python');
  expect(tools).toEqual({ tools: [{ type: 'search' }, { type: 'python' }] });
  expect(withValue(tools, ['tools', 0], undefined)).toEqual({ tools: [{ type: 'python' }] });
  expect(withValue({ evaluation: null }, ['evaluation', 'limit'], 3)).toEqual({ evaluation: { limit: 3 } });
  expect(valueAt(tools, ['tools', 1, 'type'])).toBe('python');
  expect(pathText(['tools', 1, 'parameters', 'type'])).toBe('tools[1].parameters.type');
});

test('every method has a form, with the kinds of field that its schema means', () => {
  const run = shapeOf({ $ref: '#/components/schemas/RunSpec' }, schemas);
  if (run.kind !== 'union') throw new Error(`a run is ${run.kind}`);
  expect(run.by).toBe('method');
  expect(Object.keys(run.members)).toContain('gigpo');
  const kinds = Object.fromEntries(run.members['arpo']!.map(({ name, shape }) => [name, shape.kind]));
  expect(kinds).toMatchObject({
    name: 'nullable',
    model: 'reference',
    dataset: 'reference',
    tools: 'list',
    reward: 'nullable',
    rollout: 'object',
    seed: 'number',
    metadata: 'json',
    evaluation: 'nullable',
  });
});

test('a union of unions is one, told apart by type', () => {
  const reward = shapeOf({ $ref: '#/components/schemas/RewardSpec' }, schemas);
  if (reward.kind !== 'union') throw new Error(`a reward is ${reward.kind}`);
  expect(Object.keys(reward.members)).toEqual(expect.arrayContaining(['arpo', 'judge', 'sum', 'multi']));
});

test('numbers know their limits, and fields what they are for', () => {
  const fields = fieldsOf({ $ref: '#/components/schemas/RolloutSpec' }, schemas);
  const found = fields.find(({ name }) => name === 'group_size');
  expect(found?.description).toContain('trajectories per prompt');
  expect(found?.shape).toEqual({ kind: 'number', isWhole: true, min: 2, max: 1024 } satisfies Shape);
});
