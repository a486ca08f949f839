/** `npm run chaos` at its shortest. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = join(import.meta.dirname, '../dist/bench/chaos/main.js');

test('a run whose PostgreSQL, API and worker are killed is the same as one that was left alone', async () => {
  const args = ['--kills=3', '--every=1', '--seed=5', '--runs=1', '--steps=4'];
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args]);
  for (const part of ['PostgreSQL', 'API', 'worker']) {
    expect(stdout).toMatch(new RegExp(`#\\d SIGKILL ${part}.*: back after`));
    expect(stdout).toMatch(new RegExp(`${part}( 2)? was killed by SIGKILL: starting it again in 1 s`));
  }
  expect(stdout).toMatch(/arpo +\d+ +\d+ +4 +4 +2 +48\n/);
  expect(stdout.trimEnd().endsWith('Nothing was lost, doubled or changed.')).toBe(true);
}, 240_000);
