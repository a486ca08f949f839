import { expect, test } from 'vitest';
import { argumentsCheck } from './arguments-check.js';

const ENDLESS = '^(a+)+$';
const LONG = `${'a'.repeat(30)}!`;

test('a pattern takes no time, whatever it is: it is for whoever is called', () => {
  const text = argumentsCheck({ type: 'object', properties: { name: { type: 'string', pattern: ENDLESS } } });
  expect(text({ name: LONG })).toBeNull();
  expect(text({ name: 1 })).toBe('arguments/name must be string');
  const named = { type: 'object', patternProperties: { [ENDLESS]: { type: 'number' } }, additionalProperties: false };
  expect(argumentsCheck(named)({ [LONG]: 1 })).toBeNull();
  expect(argumentsCheck({ ...named, properties: { n: { type: 'number' } } })({ n: 'x' })).toBe(
    'arguments/n must be number',
  );
}, 5000);
