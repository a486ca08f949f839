import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { closeOnError } from './close-on-error.js';

test('a file is closed where the work with it fails, and stays open where it does not', async () => {
  const file = await open(import.meta.filename);
  expect(await closeOnError(file, async () => (await file.stat()).isFile())).toBe(true);
  await expect(closeOnError(file, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  // What Node gives as the descriptor of a file that is closed.
  expect(file.fd).toBe(-1);
});
