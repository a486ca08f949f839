/** Runs programs from the image's root file system as a container would: as its user, in name spaces of their own, with a root that nobody can write to. Not a container runtime. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageFacts } from './build-image.js';

/** $1 the root, $2 the user, $3 where it works, then folders of this machine with the places that they are seen at, `--`, and the program with its arguments. */
const ENTER = `
  root=$1 user=$2 place=$3; shift 3
  mount --bind "$root" "$root" && mount -o remount,bind,ro "$root" || exit 125
  mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" || exit 125
  while [ "$1" != -- ]; do mount --bind "$1" "$root$2" || exit 125; shift 2; done
  shift
  exec chroot --userspec="$user:$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$place" "$@"`;

/** How a program ended, and what it printed. */
export interface Ended {
  readonly code: number | NodeJS.Signals | null;
  readonly output: string;
}

export class Container {
  private readonly mounts: readonly string[];

  /** @param folder of this machine that its volume and what it is told of hosts lie in */
  constructor(
    private readonly facts: ImageFacts,
    folder: string,
    readonly data = join(folder, 'data'),
  ) {
    const volume = statSync(join(facts.root, 'data'));
    mkdirSync(data, { recursive: true });
    chownSync(data, volume.uid, volume.gid);
    const [hosts, models] = [join(folder, 'hosts'), join(folder, 'models')];
    writeFileSync(hosts, '127.0.0.1 localhost postgres redis api\n');
    mkdirSync(models, { recursive: true });
    // Engines make the places of mounts.
    mkdirSync(join(facts.root, 'models'), { recursive: true });
    writeFileSync(join(facts.root, 'etc/hosts'), '', { flag: 'a' });
    this.mounts = [data, '/data', hosts, '/etc/hosts', models, '/models'];
  }

  start(command: readonly string[], env: Readonly<Record<string, string>>): ContainerProcess {
    const { root, user, workingDir } = this.facts;
    const own = Object.fromEntries(this.facts.env.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
    const args = ['-c', ENTER, 'sh', root, user, workingDir, ...this.mounts, '--', ...command];
    const child = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', ...args], {
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ContainerProcess(child);
  }
}

export class ContainerProcess {
  readonly ended: Promise<Ended>;
  private output = '';

  constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => (this.output += data.toString()));
    this.ended = once(child, 'close').then(([code, signal]) => ({
      code: (signal ?? code) as Ended['code'],
      output: this.output,
    }));
  }

  /** To the program itself: what has put it into its name spaces passes nothing on. */
  kill(signal: NodeJS.Signals): void {
    const { pid = 0, exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) return;
    const [program] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (program) process.kill(Number(program), signal);
  }

  /** So far. */
  get said(): string {
    return this.output;
  }
}
