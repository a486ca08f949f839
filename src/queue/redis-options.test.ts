import { expect, test } from 'vitest';
import { redisOptions } from './redis-options.js';

test.each([
  ['redis://localhost', { host: 'localhost', port: 6379, db: 0 }],
  ['redis://:p%40ss@cache:6380/2', { host: 'cache', port: 6380, db: 2, password: 'p@ss' }],
  ['rediss://user:pw@cache', { host: 'cache', port: 6379, db: 0, username: 'user', password: 'pw', tls: {} }],
  ['redis://[::1]:7000', { host: '::1', port: 7000, db: 0 }],
])('%s is understood', (url, expected) => {
  const { retryStrategy, ...options } = redisOptions(url);
  expect(options).toEqual(expected);
  expect(retryStrategy?.(1000)).toBe(2000);
});
