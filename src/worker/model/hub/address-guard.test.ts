import { expect, test } from 'vitest';
import { isPublicAddress, publicLookup } from './address-guard.js';

test.each(['1.1.1.1', '100.63.255.255', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  '127.0.0.1',
  '100.127.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::ffff:1.1.1.1',
  '2002:7f00:1::',
  'ff02::1',
  'x',
])('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test('a name with an address that is not public is refused when it is connected to', async () => {
  const error = await new Promise((resolve) => publicLookup('localhost', { all: true }, resolve));
  expect(error).toMatchObject({ name: 'PrivateAddress', message: expect.stringContaining('localhost') as string });
});
