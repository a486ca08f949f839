/** The reference server of the Model Context Protocol as a process of its own, over streamable HTTP on this machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../src/embedded/free-port.js';

const require = createRequire(import.meta.url);
const folder = dirname(require.resolve('@modelcontextprotocol/server-everything/package.json'));
const START_LIMIT_MS = 30_000;

export class EverythingServer {
  private child: ChildProcess | null = null;

  private constructor(private readonly port: number) {}

  static async open(): Promise<EverythingServer> {
    const server = new EverythingServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(folder, 'dist/index.js'), 'streamableHttp'], {
      env: { PORT: String(this.port), PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    const signal = AbortSignal.timeout(START_LIMIT_MS);
    for await (const line of createInterface({ input: child.stderr, signal })) {
      if (line.includes('listening')) break;
    }
    child.stderr.resume();
  }

  /** Its sessions are lost. */
  async stop(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
