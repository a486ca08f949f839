/** Real servers of MLflow and of Trackio, each as a process of its own on this machine with data of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/embedded/free-port.js';

/** Of importing the packages and making databases, which takes seconds. */
const START_LIMIT_MS = 120_000;

const TRACKIO = `
import sys, trackio
trackio.show(open_browser=False, block_thread=True, host="127.0.0.1", server_port=int(sys.argv[1]))
`;

export class TrackerServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
  ) {}

  /** @param interpreter of an environment with test/trackers/requirements.txt */
  static mlflow(interpreter: string): Promise<TrackerServer> {
    return TrackerServer.open((port, folder) => [
      join(dirname(interpreter), 'mlflow'),
      ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
      { cwd: folder },
    ]);
  }

  static trackio(interpreter: string, writeToken: string): Promise<TrackerServer> {
    return TrackerServer.open((port, folder) => [
      interpreter,
      ['-c', TRACKIO, String(port)],
      { cwd: folder, env: { TRACKIO_DIR: folder, TRACKIO_WRITE_TOKEN: writeToken } },
    ]);
  }

  private static async open(
    command: (port: number, folder: string) => [string, string[], { cwd: string; env?: Record<string, string> }],
  ): Promise<TrackerServer> {
    const folder = await mkdtemp(join(tmpdir(), 'bough-tracker-'));
    const port = await freePort();
    const [program, args, { cwd, env = {} }] = command(port, folder);
    // A group of its own: MLflow starts workers, which end with it.
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: 'ignore', detached: true });
    const server = new TrackerServer(child, folder, `http://127.0.0.1:${port}`);
    for (const until = Date.now() + START_LIMIT_MS; ; await sleep(250)) {
      if (await server.answers()) return server;
      if (Date.now() < until && child.exitCode === null) continue;
      await server.stop();
      throw new Error(`${program} ${args.join(' ')} does not answer`);
    }
  }

  private async answers(): Promise<boolean> {
    return fetch(this.url).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async stop(): Promise<void> {
    const { child, folder } = this;
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      process.kill(-child.pid, 'SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  }
}
