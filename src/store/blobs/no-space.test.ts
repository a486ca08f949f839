import { expect, test } from 'vitest';
import { isNoSpace } from './no-space.js';

const failed = (code: string) => Object.assign(new Error(code), { code });

test.each([
  [failed('ENOSPC'), true],
  [failed('EDQUOT'), true],
  [failed('53100'), true],
  [new Error('write failed', { cause: failed('ENOSPC') }), true],
  [failed('EIO'), false],
  ['ENOSPC', false],
])('of %o it is %s that there is no room', (error, expected) => {
  expect(isNoSpace(error)).toBe(expected);
});
