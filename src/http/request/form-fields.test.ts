import { expect, test } from 'vitest';
import { z } from 'zod';
import { readForm } from './form-fields.js';

const schema = z.strictObject({ kind: z.string(), metadata: z.record(z.string(), z.string()).optional() });
const read = (texts: Record<string, string>) => readForm({ kind: 'rl', ...texts }, schema, ['metadata']);

test('objects are taken as JSON or field by field', () => {
  expect(read({ metadata: '{"team":"a"}' })).toEqual({ kind: 'rl', metadata: { team: 'a' } });
  expect(read({ 'metadata[team]': 'a', 'metadata[x]': 'b' })).toEqual({ kind: 'rl', metadata: { team: 'a', x: 'b' } });
});

test.each([{ ['__proto__']: 'x' }, { 'metadata[__proto__]': 'x' }, { metadata: '{"__proto__":"x"}' }])(
  'a field that JavaScript reads as something else is refused: %j',
  (texts) => {
    expect(() => read(texts)).toThrow('no field can be called __proto__');
  },
);
