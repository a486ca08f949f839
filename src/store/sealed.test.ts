import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { seal, unseal } from './sealed.js';

const key = randomBytes(32);

test('what was sealed opens with its key, in its place, and unchanged only', () => {
  const sealed = seal(key, 'a secret', 'project/name');
  expect(unseal(key, sealed, 'project/name')).toBe('a secret');
  expect(sealed.includes('a secret')).toBe(false);
  expect(seal(key, 'a secret', 'project/name').equals(sealed)).toBe(false);
  expect(() => unseal(randomBytes(32), sealed, 'project/name')).toThrow();
  expect(() => unseal(key, sealed, 'project/other')).toThrow();
  sealed[14]! ^= 1;
  expect(() => unseal(key, sealed, 'project/name')).toThrow();
});
