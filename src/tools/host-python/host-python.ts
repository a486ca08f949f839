/**
 * The machine's own Python under bubblewrap: what a program can see of the machine. Found out once, when the worker starts, by running a program. Not a
 * tool: it starts nothing that a model wrote.
 */
import { execFile } from 'node:child_process';
import { lstatSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { bareEnvironment } from '../../config/process-environment.js';
import { FILES_MB, HOST_LAUNCHER } from './launcher.js';

const LIMIT_MS = 30_000;
/** What `/` has beside `/usr` on Debian and its like: names that lead into it, or folders of their own. */
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** Of `/etc`, what libraries are found by. Nothing else of it is seen. */
const SYSTEM_FILES = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/localtime'];
/** The numerical libraries start a thread for each core, each with its own memory. */
const ONE_THREAD = ['OMP', 'OPENBLAS', 'MKL', 'NUMEXPR', 'VECLIB_MAXIMUM'].map((name) => `${name}_NUM_THREADS`);

/** Prints the version, and the folders that the interpreter is installed in: a virtual environment has two. */
const DESCRIBE =
  'import json, platform, sys; print(json.dumps({"version": platform.python_version(), "folders": [sys.prefix, sys.base_prefix]}))';
/** Fails unless a program is alone: no network but loopback, no other process, a root that cannot be written to. */
const PROBE = `
import os, resource, socket
assert len([name for name in os.listdir('/proc') if name.isdigit()]) <= 3, 'it sees other processes'
assert [name for _, name in socket.if_nameindex()] == ['lo'], 'it sees a network'
assert os.getuid() != 0, 'it is root'
for path in ('/', '/usr', '/dev'):
    assert not os.access(path, os.W_OK), path + ' can be written to'
print('alone')
`;

export class HostPython {
  private constructor(
    /** Path of the interpreter. */
    private readonly interpreter: string,
    readonly version: string,
    private readonly folders: readonly string[],
  ) {}

  /**
   * @param interpreter absolute path of a Python from 3.8
   * @throws Error where a program cannot be shut in here: says why
   */
  static async find(interpreter: string): Promise<HostPython> {
    const described = await output(interpreter, ['-I', '-c', DESCRIBE]);
    const { version, folders } = JSON.parse(described) as { version: string; folders: string[] };
    const python = new HostPython(interpreter, version, [...new Set(folders)]);
    const [command, args] = python.command(512, 10);
    const printed = await output(command, args, PROBE, python.user);
    if (printed.trim() !== 'alone') throw new Error(`a program in the sandbox printed ${JSON.stringify(printed)}`);
    return python;
  }

  /** Root starts programs as nobody, so that the kernel counts their processes and nothing of root's can be read. */
  get user(): { uid?: number; gid?: number } {
    return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  }

  /**
   * What to start; the program comes on standard input.
   * @param memoryMb MiB of address space of each process
   * @param seconds of processor time of each process
   */
  command(memoryMb: number, seconds: number): [command: string, args: string[]] {
    const limits = [memoryMb * 2 ** 20, Math.ceil(seconds) + 1].map(String);
    const python = [this.interpreter, '-I', '-c', HOST_LAUNCHER, ...limits];
    return ['bwrap', [...NAMESPACES, ...this.files(), ...ENVIRONMENT, '--', ...python]];
  }

  private files(): string[] {
    const installed = this.folders.filter((folder) => !folder.startsWith('/usr/') && folder !== '/usr');
    const size = FILES_MB * 2 ** 20;
    return [
      ...words('--ro-bind /usr /usr'),
      ...SYSTEM_FOLDERS.flatMap(systemFolder),
      ...SYSTEM_FILES.flatMap((path) => ['--ro-bind-try', path, path]),
      ...installed.flatMap((folder) => ['--ro-bind', folder, folder]),
      ...words(`--proc /proc --dev /dev --size ${size} --tmpfs /dev/shm --remount-ro /dev`),
      ...words(`--size ${size} --tmpfs /tmp --chdir /tmp --remount-ro /`),
    ];
  }
}

const NOBODY = 65534;

const words = (text: string): string[] => text.split(' ');

const NAMESPACES = words(
  `--unshare-all --unshare-user --disable-userns --uid ${NOBODY} --gid ${NOBODY} --hostname sandbox --die-with-parent --new-session --cap-drop ALL`,
);

const ENVIRONMENT = [
  ...words('--clearenv --setenv PATH /usr/local/bin:/usr/bin:/bin --setenv HOME /tmp --setenv LANG C.UTF-8'),
  ...ONE_THREAD.flatMap((name) => ['--setenv', name, '1']),
];

function systemFolder(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}

/** What a command printed. @throws Error with the last line of what it complained of */
async function output(command: string, args: string[], input = '', user: object = {}): Promise<string> {
  const running = promisify(execFile)(command, args, { timeout: LIMIT_MS, env: bareEnvironment(), ...user });
  running.child.stdin?.on('error', () => undefined).end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const { stderr = '', code, signal } = error as Partial<Record<'stderr' | 'code' | 'signal', string>>;
    if (code === 'ENOENT') throw new Error(`${command} is not installed`, { cause: error });
    throw new Error(stderr.trim().split('\n').at(-1) || `${command} ended with ${code ?? signal}`, { cause: error });
  }
}
