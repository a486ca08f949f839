/** Gets redis-server from Debian's or Ubuntu's packages, either unpacked into a folder, which any user may do, or installed. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../config/process-environment.js';

const execute = promisify(execFile);

/** How many times the libraries of what was unpacked last are looked for. */
const MAX_ROUNDS = 3;

/**
 * Unpacks redis-server and every library that it needs and the system lacks into `folder`, replacing what is there.
 * @throws {Error} when this system has no apt-get, or its packages cannot be reached.
 */
export async function fetchRedisPackage(folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(join(dirname(folder), `${basename(folder)}-`));
  const tree = join(work, 'tree');
  const downloads = join(work, 'downloads');
  mkdirSync(tree);
  mkdirSync(downloads);
  try {
    const apt = await workingApt(work, downloads);
    let unpacked = await unpack(downloads, tree);
    for (let round = 0; round < MAX_ROUNDS && (await lacksLibraries(tree)); round++) {
      const libraries = neededLibraries(unpacked);
      await download(libraries, downloads, apt);
      unpacked = await unpack(downloads, tree);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(tree, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Installs redis-server for the whole system, without starting the service. Only root can. */
export async function installRedisPackage(): Promise<void> {
  const options = {
    timeout: 180_000,
    env: childEnvironment({ DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', LC_ALL: 'C' }),
  };
  await execute('apt-get', ['update', '-qq'], options);
  await execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], options);
}

/** Downloads the two packages, with the system's package lists or else with fresh ones of our own. Returns the options that worked. */
async function workingApt(work: string, downloads: string): Promise<string[]> {
  const packages = ['redis-server', 'redis-tools'];
  try {
    await download(packages, downloads, []);
    return [];
  } catch {
    // The lists may be absent, as in most container images, or name a version that is gone.
    const lists = join(work, 'lists');
    const cache = join(work, 'cache');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
    const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'APT::Sandbox::User='];
    await aptGet(['update', ...own], work);
    await download(packages, downloads, own);
    return own;
  }
}

async function download(packages: readonly string[], folder: string, options: readonly string[]): Promise<void> {
  if (packages.length > 0) await aptGet([...options, 'download', ...packages], folder);
}

async function aptGet(args: readonly string[], cwd: string): Promise<void> {
  try {
    await execute('apt-get', ['-qq', ...args], { cwd, timeout: 120_000, env: childEnvironment({ LC_ALL: 'C' }) });
  } catch (cause) {
    const { code, stderr } = cause as { code?: string; stderr?: string };
    const reason =
      code === 'ENOENT' ? 'there is no apt-get on this system' : (stderr?.trim().split('\n').at(-1) ?? 'no answer');
    throw new Error(`redis-server cannot be fetched: ${reason}`, { cause });
  }
}

/** Unpacks and removes the downloaded packages. Returns what each says that it depends on. */
async function unpack(downloads: string, tree: string): Promise<string[]> {
  const depends: string[] = [];
  for (const file of readdirSync(downloads).filter((name) => name.endsWith('.deb'))) {
    const path = join(downloads, file);
    await execute('dpkg', ['-x', path, tree]);
    depends.push((await execute('dpkg', ['-f', path, 'Depends'])).stdout);
    rmSync(path);
  }
  return depends;
}

async function lacksLibraries(tree: string): Promise<boolean> {
  const libraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
    .map((triplet) => join(tree, 'usr/lib', triplet))
    .filter(existsSync);
  const env = childEnvironment({ LD_LIBRARY_PATH: libraries.join(':'), LC_ALL: 'C' });
  const { stdout } = await execute('ldd', [join(tree, 'usr/bin/redis-server')], { env });
  return stdout.includes('not found');
}

/** The libraries among the dependencies: "libatomic1 (>= 4.8), liblzf1, adduser, libssl3 | libssl3t64" */
function neededLibraries(depends: readonly string[]): string[] {
  const names = depends
    .flatMap((list) => list.split(','))
    .map((entry) => /^\s*([a-z0-9.+-]+)/.exec(entry)?.[1] ?? '')
    .filter((name) => /^(lib|lua)/.test(name) && !name.startsWith('libc6'));
  return [...new Set(names)];
}
