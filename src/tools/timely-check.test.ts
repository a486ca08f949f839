import { expect, test } from 'vitest';
import { timelyCheck } from './timely-check.js';

/** Each of the definitions refers twice to the next: 2^40 checks of one number. */
const doubling = {
  type: 'object',
  properties: { n: { $ref: '#/$defs/0' } },
  $defs: Object.fromEntries(
    Array.from({ length: 41 }, (_, i) => [
      i,
      i === 40 ? { type: 'number' } : { allOf: [{ $ref: `#/$defs/${i + 1}` }, { $ref: `#/$defs/${i + 1}` }] },
    ]),
  ),
};

test.each([
  ['doubles', doubling],
  ['comes back to itself', { type: 'object', $ref: '#' }],
])('a schema that %s without end is a problem, and not waited for', (_, schema) => {
  const began = Date.now();
  expect(timelyCheck(schema, 100)({ n: 1 })).toBe(
    'the arguments cannot be checked within 100 ms: the schema refers to itself too often',
  );
  expect(Date.now() - began).toBeLessThan(5000);
});

test('any other schema is checked as it stands', () => {
  const tree = { type: 'object', properties: { n: { type: 'number' }, inner: { $ref: '#' } }, required: ['n'] };
  expect(timelyCheck(tree)({ n: 1, inner: { n: 2 } })).toBeNull();
  expect(timelyCheck(tree)({ n: 1, inner: {} })).toBe("arguments/inner must have required property 'n'");
  expect(() => timelyCheck({ type: 'object', required: 1 })).toThrow('schema is invalid');
});
