/** Another version of Node than the one that runs, from npm's registry. Installs nothing outside of `.bough`. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNpm } from './ensure.mjs';

const fetchLimitMs = 300_000;

/**
 * The program of the newest Node of a major version, fetched anew each time, so that it is the newest.
 * @throws {Error} when there is none for this machine, or the registry cannot be reached
 */
export function nodeOfVersion(major) {
  const folder = join(root, '.bough', `node-${major}`);
  // The package of the platform holds the program itself; `node` would only fetch it in an install script.
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${name}@${major}`];
  const { status, error, stderr } = runNpm(args, { timeout: fetchLimitMs, cwd: folder });
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  if (status === 0 && existsSync(program)) return program;
  throw new Error(`${name}@${major} cannot be installed: ${error?.message ?? stderr.trim()}`);
}
