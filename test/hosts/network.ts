/** Hosts that are network name spaces of this machine, joined by a bridge. What runs on one has its own address and its own loopback, and can be cut off. For root on Linux. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';

const BRIDGE = 'bough-hosts';
/** Where this machine itself is on the bridge. */
export const GATEWAY = '10.77.0.1';

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000 });

export class Network {
  private readonly hosts: Host[] = [];

  private constructor() {}

  /** @throws with what `ip` says where there may be no such thing */
  static open(): Network {
    const network = new Network();
    ip('link', 'add', BRIDGE, 'type', 'bridge');
    ip('address', 'add', `${GATEWAY}/24`, 'dev', BRIDGE);
    ip('link', 'set', BRIDGE, 'up');
    return network;
  }

  addHost(name: string): Host {
    const number = this.hosts.length + 2;
    const [space, outside] = [`bough-${name}`, `bough-v${number}`];
    ip('netns', 'add', space);
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
    ip('link', 'set', outside, 'master', BRIDGE);
    ip('link', 'set', outside, 'up');
    ip('-n', space, 'link', 'set', 'lo', 'up');
    ip('-n', space, 'address', 'add', `10.77.0.${number}/24`, 'dev', 'eth0');
    ip('-n', space, 'link', 'set', 'eth0', 'up');
    const host = new Host(name, space, outside, `10.77.0.${number}`);
    this.hosts.push(host);
    return host;
  }

  /** Ends what runs on the hosts, and the hosts. */
  close(): void {
    for (const host of this.hosts) host.close();
    ip('link', 'delete', BRIDGE);
  }
}

export class Host {
  private readonly running: ChildProcess[] = [];

  constructor(
    readonly name: string,
    private readonly space: string,
    private readonly outside: string,
    readonly address: string,
  ) {}

  /** A program of `dist/src` with nothing but these settings. What it says goes to this process's error output. */
  start(program: string, env: Readonly<Record<string, string>>): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.space, process.execPath, program], {
      env: { ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.running.push(child);
    return child;
  }

  /** Nothing arrives any more, and nothing says so. */
  cutOff(): void {
    ip('link', 'set', this.outside, 'down');
  }

  rejoin(): void {
    ip('link', 'set', this.outside, 'up');
  }

  close(): void {
    for (const child of this.running) child.kill('SIGKILL');
    // Not left to the name space, which is there until its last process has ended.
    ip('link', 'delete', this.outside);
    ip('netns', 'delete', this.space);
  }
}
