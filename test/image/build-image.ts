/** Builds the image of the Dockerfile with buildah, on a base that is made of Debian's packages and npm's Node, committed under the name of the real one. Runs nothing of it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const STEP_LIMIT_MS = 900_000;
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const IMAGE = 'localhost/bough-check';

/** What of the image its containers go by. */
export interface ImageFacts {
  /** Its root file system. */
  readonly root: string;
  readonly user: string;
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly command: readonly string[];
  readonly volumes: readonly string[];
}

export interface BuiltImage {
  readonly facts: ImageFacts;
  readonly unmount: () => void;
}

/** @throws naming the step that failed, with the end of what it said */
export function buildImage(folder: string, say: (line: string) => void): BuiltImage {
  const store = ['--storage-driver=vfs', `--root=${join(folder, 'store')}`, `--runroot=${join(folder, 'run')}`];
  const buildah = (...args: string[]) => run('buildah', [...store, ...args]);
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const [, base = '', major = '', release = ''] = /^FROM (node:(\d+)-(\w+)-slim)$/m.exec(dockerfile) ?? [];
  say(`Making ${base} of Debian's packages and Node ${major} of npm's`);
  const baseRoot = makeBase(join(folder, 'base'), { major, release });
  const made = buildah('from', 'scratch');
  buildah('add', made, baseRoot, '/');
  buildah('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', made);
  // Where this machine reaches the registries over a proxy with a certificate of its own.
  if (existsSync(join(baseRoot, CERTIFICATES))) buildah('config', '--env', `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, made);
  buildah('commit', '--rm', made, `docker.io/library/${base}`);
  say('Building the image');
  buildah('bud', '--pull=never', '--network=host', '--isolation=chroot', '-t', IMAGE, root);
  const container = buildah('from', '--pull-never', IMAGE);
  const mounted = buildah('mount', container);
  say(`Bough's part of the image has ${megabytes(join(mounted, 'app'))} MB`);
  return { facts: factsOf(mounted, buildah('inspect', container)), unmount: () => void buildah('rm', container) };
}

/** Debian's smallest system, with Node, npm and the user that the real image has. */
function makeBase(base: string, { major, release }: { major: string; release: string }): string {
  run('debootstrap', ['--variant=minbase', release, base]);
  const npm = `${base}-npm`;
  mkdirSync(npm);
  const node = `node-${process.platform}-${process.arch}`;
  run('npm', ['install', '--prefix', npm, '--no-save', '--no-audit', '--no-fund', `${node}@${major}`, 'npm@11']);
  copyFileSync(join(npm, 'node_modules', node, 'bin/node'), join(base, 'usr/local/bin/node'));
  cpSync(join(npm, 'node_modules/npm'), join(base, 'usr/local/lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(base, 'usr/local/bin', name));
  if (existsSync(CERTIFICATES)) {
    mkdirSync(join(base, 'etc/ssl/certs'), { recursive: true });
    copyFileSync(CERTIFICATES, join(base, CERTIFICATES));
  }
  run('chroot', [base, 'useradd', '--uid', '1000', '--create-home', 'node']);
  return base;
}

function factsOf(mounted: string, inspected: string): ImageFacts {
  const { config } = (
    JSON.parse(inspected) as {
      OCIv1: {
        config: { User: string; Env: string[]; WorkingDir: string; Cmd: string[]; Volumes: Record<string, object> };
      };
    }
  ).OCIv1;
  return {
    root: mounted,
    user: config.User,
    env: config.Env,
    workingDir: config.WorkingDir,
    command: config.Cmd,
    volumes: Object.keys(config.Volumes),
  };
}

const megabytes = (path: string): number => Number.parseInt(run('du', ['-sm', path]), 10);

/** @returns what it printed */
function run(command: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: STEP_LIMIT_MS,
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return stdout.trim();
  const said = `${stdout}${stderr}`.trim().split('\n').slice(-20).join('\n');
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}\n${said}`);
}
