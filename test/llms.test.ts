import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

test('llms.txt names routes and methods that there are', () => {
  const text = readFileSync(join(root, 'web/public/llms.txt'), 'utf8');
  const { paths } = JSON.parse(readFileSync(join(root, 'openapi/openapi.json'), 'utf8')) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const named = [...text.matchAll(/`(GET|POST|DELETE) (\/v1\/[^`?]+)/g)].map(([, method, path]) => [method, path]);
  expect(named.length).toBeGreaterThan(12);
  for (const [method = '', path = ''] of named) {
    expect([path, Object.keys(paths[path] ?? {})]).toEqual([path, expect.arrayContaining([method.toLowerCase()])]);
  }
});
