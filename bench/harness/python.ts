/** Python environments with pinned packages: made once for each version of their requirements, and run. Knows nothing of what they are for. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a person can do about it. */
export class PythonError extends Error {}

const TAIL = 3000;

/**
 * The interpreter of an environment with exactly these requirements: made under ~/.cache/bough. With PyTorch among them that downloads some gigabytes.
 * @param requirements path of a requirements.txt
 * @throws {PythonError} naming the step which failed
 */
export async function pinnedPython(requirements: string, say: (line: string) => void): Promise<string> {
  const { folder, interpreter, complete } = await placeOf(requirements);
  if (existsSync(complete)) return interpreter;
  say(`Making a Python environment in ${folder} with the packages of ${requirements}, once`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  try {
    await run('python3', ['-m', 'venv', folder]);
    await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  } catch (error) {
    const remedy = `It needs python3 (3.11 or newer) with venv, and the package index. Or name an interpreter that has the packages of ${requirements}`;
    throw new PythonError(`The Python environment could not be made: ${(error as Error).message}\n${remedy}`);
  }
  await writeFile(complete, '');
  return interpreter;
}

/** The interpreter of that environment where it has been made before; null where it has not. */
export async function madePython(requirements: string): Promise<string | null> {
  const { interpreter, complete } = await placeOf(requirements);
  return existsSync(complete) ? interpreter : null;
}

async function placeOf(requirements: string): Promise<{ folder: string; interpreter: string; complete: string }> {
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const folder = join(homedir(), '.cache', 'bough', `python-${digest}`);
  return { folder, interpreter: join(folder, 'bin', 'python'), complete: join(folder, '.complete') };
}

/** @throws {PythonError} with the end of what the program said, when it fails */
export async function run(command: string, args: readonly string[]): Promise<void> {
  const said: string[] = [];
  const code = await new Promise<number | string | null>((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => said.push(data.toString()));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (exit, signal) => resolve(exit ?? signal));
  });
  if (code === 0) return;
  throw new PythonError(`${[command, ...args].join(' ')} ended with ${code}:\n${said.join('').slice(-TAIL).trim()}`);
}
