/**
 * Which system user PostgreSQL runs as: it refuses to run as root. An ordinary user runs it as itself;
 * root runs it as `postgres`, which is created when missing. Also tells what such a user can reach.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** The user for PostgreSQL, or undefined where the supervisor's own user will do. */
export function postgresIdentity(pgData: string): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = existsSync(pgData) ? statSync(pgData) : undefined;
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return findUser('postgres') ?? createUser() ?? unprivilegedUser();
}

function createUser(): Identity | undefined {
  try {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
      {
        stdio: 'ignore',
      },
    );
  } catch {
    // Small images have no useradd, and some have a read-only /etc.
    return undefined;
  }
  return findUser('postgres');
}

function unprivilegedUser(): Identity {
  const nobody = findUser('nobody');
  if (nobody !== undefined) return nobody;
  throw new Error(
    'PostgreSQL cannot run as root and there is no other user: run this as an ordinary user, or set DATABASE_URL',
  );
}

function findUser(name: string): Identity | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** The first folder on the way to `path` that the user may not pass through; undefined if it can reach it. */
export function blockingFolder(path: string, { uid, gid }: Identity): string | undefined {
  const folders: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  return folders.find((folder) => {
    if (!existsSync(folder)) return false;
    const stat = statSync(folder);
    const execute = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
    return (stat.mode & execute) === 0;
  });
}
