import { expect, test } from 'vitest';
import { AddressGuard } from './address-guard.js';

const guard = new AddressGuard();

test.each(['1.1.1.1', '100.63.255.255', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
  '%s is public',
  (address) => {
    expect(guard.permits(address)).toBe(true);
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
  expect(guard.permits(address)).toBe(false);
});

test('a network that the operator allows is permitted, and no other', () => {
  const own = new AddressGuard(['127.0.0.0/8', '10.1.2.3', 'fd00::/8']);
  expect(
    ['127.0.0.1', '10.1.2.3', 'fd12::1', '::ffff:127.0.0.1', '1.1.1.1'].filter((one) => !own.permits(one)),
  ).toEqual([]);
  expect(['10.1.2.4', '::1', '169.254.169.254', 'x'].filter((one) => own.permits(one))).toEqual([]);
});

const lookUp = (by: AddressGuard) =>
  new Promise((resolve) => by.lookup('localhost', { all: true }, (error, found) => resolve(error ?? found)));

test('a name with an address that is not permitted is refused when it is connected to', async () => {
  expect(await lookUp(guard)).toMatchObject({
    name: 'Refusal',
    message: expect.stringContaining('localhost') as string,
  });
  expect(await lookUp(new AddressGuard(['127.0.0.0/8', '::1']))).toContainEqual({ address: '127.0.0.1', family: 4 });
});
