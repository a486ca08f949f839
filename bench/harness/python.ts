/** Finds or makes the Python environment that PyTorch runs in. Starts no peer. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a person can do about it. */
export class PythonError extends Error {}

const TAIL = 1500;

/**
 * The interpreter of an environment with exactly these requirements: made under ~/.cache/bough once for each version of the file, which downloads some
 * gigabytes. Throws PythonError that names the step which failed.
 */
export async function benchPython(requirements: string, say: (line: string) => void): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const folder = join(homedir(), '.cache', 'bough', `bench-python-${digest}`);
  const interpreter = join(folder, 'bin', 'python');
  const complete = join(folder, '.complete');
  if (existsSync(complete)) return interpreter;
  say(`Making a Python environment with PyTorch in ${folder}: some gigabytes, once`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await step('python3', ['-m', 'venv', folder]);
  await step(interpreter, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  await writeFile(complete, '');
  return interpreter;
}

async function step(command: string, args: readonly string[]): Promise<void> {
  const said: string[] = [];
  const code = await new Promise<number | string | null>((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => said.push(data.toString()));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (exit, signal) => resolve(exit ?? signal));
  });
  if (code === 0) return;
  throw new PythonError(
    `The Python environment could not be made: "${[command, ...args].join(' ')}" ended with ${code}.\n` +
      `${said.join('').slice(-TAIL).trim()}\n` +
      'It needs python3 (3.11 or newer) with venv, and the package index. Or name an interpreter that has the packages of ' +
      'bench/peers/requirements.txt: --python PATH',
  );
}
