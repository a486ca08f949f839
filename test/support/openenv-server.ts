/** A real server of OpenEnv's, with a guessing game, as a process of its own on this machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pinnedPython } from '../../bench/harness/python.js';
import { freePort } from '../../src/embedded/free-port.js';

const folder = join(import.meta.dirname, '..', 'openenv');
/** Of importing the package, which takes seconds. */
const START_LIMIT_MS = 90_000;

export class OpenEnvServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /**
   * @param episodes that it lets be open at the same time
   * @throws {PythonError} where the package cannot be installed
   */
  static async open(episodes: number): Promise<OpenEnvServer> {
    const interpreter = await pinnedPython(join(folder, 'requirements.txt'), console.log);
    const port = await freePort();
    const args = [join(folder, 'server.py'), String(port), String(episodes)];
    const child = spawn(interpreter, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const server = new OpenEnvServer(child, `http://127.0.0.1:${port}`);
    for await (const line of createInterface({ input: child.stderr, signal: AbortSignal.timeout(START_LIMIT_MS) })) {
      if (line.includes('running on')) break;
    }
    child.stderr.resume();
    return server;
  }

  async episodes(): Promise<{ begun: number; ended: number }> {
    return (await fetch(`${this.url}/episodes`)).json() as Promise<{ begun: number; ended: number }>;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
