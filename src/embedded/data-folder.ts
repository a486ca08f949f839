/** The layout of the data folder, and where its PostgreSQL part goes when the user who runs PostgreSQL cannot reach it. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { blockingFolder, type Identity } from './system-user.js';

/** Root's place for what other users must reach. */
const systemFolder = '/var/lib/bough';

export interface ReachablePlaces {
  /** Holds the cluster and its password. */
  readonly root: string;
  readonly pgData: string;
  /** For copies of programs that the user cannot reach where they are. */
  readonly copies: string;
}

export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
    mkdirSync(this.logs, { recursive: true, mode: 0o755 });
    mkdirSync(join(this.path, 'redis'), { recursive: true, mode: 0o700 });
  }

  get pgData(): string {
    return join(this.path, 'postgres');
  }

  get stateFile(): string {
    return join(this.path, 'supervisor.json');
  }

  get apiKeyFile(): string {
    return join(this.path, 'api-key');
  }

  get secretsKeyFile(): string {
    return join(this.path, 'secrets-key');
  }

  get logs(): string {
    return join(this.path, 'logs');
  }

  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  /** Where PostgreSQL keeps its files: here, or below /var/lib/bough when its user may not enter this folder. */
  reachableBy(identity: Identity | undefined): ReachablePlaces {
    const blocked = identity !== undefined && blockingFolder(this.path, identity) !== undefined;
    const root = blocked ? join(systemFolder, `${basename(this.path)}-${shortHash(this.path)}`) : this.path;
    if (blocked && !existsSync(root)) {
      mkdirSync(root, { recursive: true });
      // Whatever the umask says.
      for (const folder of [systemFolder, root]) chmodSync(folder, 0o755);
    }
    return { root, pgData: join(root, 'postgres'), copies: blocked ? systemFolder : join(this.path, 'copies') };
  }
}

/** Tells folders apart in names. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
