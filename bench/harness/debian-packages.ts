/** Programs of Debian's that tests use, which root may install. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../../src/config/process-environment.js';

const LIMIT_MS = 300_000;

/** One at a time: two tests that install at once would fail on each other's locks. Returns why it could not be done; null: it was. */
export function installDebianPackages(...names: string[]): string | null {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return 'only root on Debian installs it';
  const lock = join(tmpdir(), 'bough-apt-get.lock');
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...names]]) {
    const { status, stderr } = spawnSync('flock', [lock, 'apt-get', '--quiet', ...args], {
      env: childEnvironment({ DEBIAN_FRONTEND: 'noninteractive' }),
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });
    if (status !== 0) return `apt-get ${args[0]} failed: ${stderr?.trim().split('\n').at(-1) ?? 'no flock'}`;
  }
  return null;
}
