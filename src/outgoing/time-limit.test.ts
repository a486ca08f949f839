import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { timeLimit } from './time-limit.js';

test('a limit that was reached says so, and one that has ended does nothing', async () => {
  const limit = timeLimit(0.02, new AbortController().signal);
  const ended = timeLimit(0.02);
  ended.end();
  await new Promise((resolve) => limit.signal.addEventListener('abort', resolve));
  expect(limit.signal.reason).toMatchObject({ name: 'TimeoutError', message: 'it took more than 0.02 s' });
  expect(ended.signal.aborted).toBe(false);
});

test('the reason of a signal is passed on, also of one that is aborted already', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const limit = timeLimit(60, one.signal, other.signal);
  other.abort(new Error('the run was cancelled'));
  const later = timeLimit(60, other.signal);
  expect([limit.signal.reason, later.signal.reason]).toEqual([other.signal.reason, other.signal.reason]);
  for (const { end } of [limit, later]) end();
});

test('it outlives the garbage collector', async () => {
  const program = `
    import { timeLimit } from ${JSON.stringify(new URL('./time-limit.ts', import.meta.url).href)};
    const { signal } = timeLimit(0.3, new AbortController().signal);
    setTimeout(gc, 50);
    signal.addEventListener('abort', () => console.log(signal.reason.name));
    setTimeout(() => process.exit(), 1500);
  `;
  const hooks = new URL('../../test/support/typescript.mjs', import.meta.url).href;
  const args = ['--expose-gc', '--import', hooks, '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout.trim()).toBe('TimeoutError');
});
