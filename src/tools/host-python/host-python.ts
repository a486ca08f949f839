/** The machine's own Python under bubblewrap: what a program can see of the machine. Starts nothing. */
import { lstatSync, readlinkSync } from 'node:fs';
import { FILES_MB, HOST_LAUNCHER } from './launcher.js';

/** What `/` has beside `/usr` on Debian and its like: names that lead into it, or folders of their own. */
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** Of `/etc`, what libraries are found by. Nothing else of it is seen. */
const SYSTEM_FILES = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/localtime'];
/** The numerical libraries start a thread for each core, each with its own memory. */
const ONE_THREAD = ['OMP', 'OPENBLAS', 'MKL', 'NUMEXPR', 'VECLIB_MAXIMUM'].map((name) => `${name}_NUM_THREADS`);

export class HostPython {
  /**
   * @param interpreter its absolute path
   * @param folders that it is installed in
   */
  constructor(
    private readonly interpreter: string,
    readonly version: string,
    private readonly folders: readonly string[],
  ) {}

  /** Root starts programs as nobody, so that the kernel counts their processes and nothing of root's can be read. */
  get user(): { uid?: number; gid?: number } {
    return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  }

  /**
   * What to start; the program comes on standard input, and the filter of system calls on descriptor 4.
   * @param memoryMb MiB of address space of each process
   * @param seconds of processor time of each process
   */
  command(memoryMb: number, seconds: number): [command: string, args: string[]] {
    const limits = [memoryMb * 2 ** 20, Math.ceil(seconds) + 1].map(String);
    const python = [this.interpreter, '-I', '-c', HOST_LAUNCHER, ...limits];
    return ['bwrap', [...NAMESPACES, ...this.files(), ...ENVIRONMENT, '--seccomp', '4', '--', ...python]];
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
  `--unshare-all --unshare-user --disable-userns --uid ${NOBODY} --gid ${NOBODY} --hostname sandbox --die-with-parent --as-pid-1 --new-session --cap-drop ALL`,
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
