/** The Python environments of the interop test: made once for each version of their requirements, and run. Knows nothing of models. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const TAIL = 3000;

/**
 * The interpreter of an environment with exactly these requirements, under ~/.cache/bough. Making it downloads packages, with PyTorch some gigabytes.
 * @param requirements path of a requirements.txt
 */
export async function pinnedPython(requirements: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const folder = join(homedir(), '.cache', 'bough', `interop-${digest.slice(0, 12)}`);
  const interpreter = join(folder, 'bin', 'python');
  const complete = join(folder, '.complete');
  if (existsSync(complete)) return interpreter;
  console.log(`Making a Python environment in ${folder}, once`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  await writeFile(complete, '');
  return interpreter;
}

/** @throws with the end of what the program said, when it fails */
export async function run(command: string, args: readonly string[]): Promise<void> {
  const said: string[] = [];
  const end = await new Promise<number | string | null>((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => said.push(data.toString()));
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  if (end !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${end}:\n${said.join('').slice(-TAIL)}`);
}
