/**
 * Finds a Redis server program: on the PATH, else fetched earlier, else fetched now from the system's packages
 * (unpacked into a cache, not installed), else installed when root. Starts none.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../config/process-environment.js';
import { fetchRedisPackage, installRedisPackage } from './redis-package.js';

export interface RedisServer {
  readonly command: string;
  /** What the program needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The first version that can be told to keep its command line, by which a left-over server is recognised. */
const oldestVersion = [6, 2] as const;

/**
 * @param dataDir where the program is kept when the user's own cache cannot be written
 * @param log told what is being fetched, as this may take some seconds
 * @throws {Error} one line that says what to install.
 */
export async function findRedisServer(dataDir: string, log: (line: string) => void): Promise<RedisServer> {
  for (const command of ['redis-server', 'valkey-server']) {
    const onPath = { command, env: {} };
    if (isUsable(onPath)) return onPath;
  }
  const cache = cacheFolder(dataDir);
  const fetched = unpackedIn(cache);
  if (isUsable(fetched)) return fetched;

  const attempts: string[] = [];
  log('Fetching redis-server (once) …');
  try {
    await fetchRedisPackage(cache);
    if (isUsable(fetched)) return fetched;
    attempts.push('the fetched redis-server does not run here');
  } catch (error) {
    attempts.push((error as Error).message);
  }
  if (process.getuid?.() === 0) {
    log('Installing redis-server …');
    try {
      await installRedisPackage();
      const installed = { command: 'redis-server', env: {} };
      if (isUsable(installed)) return installed;
    } catch (error) {
      attempts.push((error as Error).message);
    }
  }
  throw new Error(
    'No Redis found: install redis-server or valkey-server 6.2 or newer ' +
      `(Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis), or set REDIS_URL. Tried: ${attempts.join('; ')}`,
  );
}

/** The folder for fetched programs that all data folders of this user share. */
function cacheFolder(dataDir: string): string {
  const shared = join(homedir(), '.cache', 'bough');
  try {
    mkdirSync(shared, { recursive: true });
    return join(shared, 'redis');
  } catch {
    return join(dataDir, 'copies', 'redis');
  }
}

function unpackedIn(cache: string): RedisServer {
  const libraries = ['usr/lib', 'lib'].flatMap((folder) =>
    multiarch.map((triplet) => join(cache, folder, triplet)).concat(join(cache, folder)),
  );
  return {
    command: join(cache, 'usr/bin/redis-server'),
    env: { LD_LIBRARY_PATH: libraries.filter(existsSync).join(':') },
  };
}

const multiarch = ['x86_64-linux-gnu', 'aarch64-linux-gnu'];

function isUsable({ command, env }: RedisServer): boolean {
  try {
    const text = execFileSync(command, ['--version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: childEnvironment(env),
    });
    // "Redis server v=7.0.15 sha=…", "Valkey server v=8.0.1 …"
    const [, major = '0', minor = '0'] = /v=(\d+)\.(\d+)/.exec(text) ?? [];
    const [oldestMajor, oldestMinor] = oldestVersion;
    return Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
  } catch {
    return false;
  }
}
