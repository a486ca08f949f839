/** Where the service is and the key for it: of the command line, of the environment, or of `bough login`. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from './exit-code.js';

export interface Credentials {
  readonly url: string;
  readonly key: string;
}

export const DEFAULT_URL = 'http://127.0.0.1:3000';

/** @throws {UsageError} when there is no key */
export async function findCredentials(given: Partial<Credentials>): Promise<Credentials> {
  const { BOUGH_URL: urlOfShell, BOUGH_API_KEY: keyOfShell } = process.env;
  const saved = await readSaved();
  const url = given.url ?? urlOfShell ?? saved?.url ?? DEFAULT_URL;
  // A saved key is for the service that it was given for, and for no other.
  const key = given.key ?? keyOfShell ?? (saved?.url === url ? saved.key : undefined);
  if (key === undefined) {
    throw new UsageError(`There is no key for ${url}: run \`bough login\`, or set BOUGH_API_KEY`);
  }
  return { url, key };
}

/** Readable by the user alone. @returns where it is */
export async function save(credentials: Credentials): Promise<string> {
  const path = file();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  // It may have been there before.
  await chmod(path, 0o600);
  return path;
}

async function readSaved(): Promise<Credentials | null> {
  try {
    return JSON.parse(await readFile(file(), 'utf8')) as Credentials;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UsageError(`${file()} cannot be read: run \`bough login\` again`);
  }
}

function file(): string {
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'bough', 'credentials.json');
}
