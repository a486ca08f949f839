/** A fixed number of sandboxes, and the programs that wait for one, first come first served. */
import { setMaxListeners } from 'node:events';
import type { PythonRuntime } from './runtime.js';
import { Sandbox, type ProgramLimits, type SandboxResult } from './sandbox.js';

interface Waiting {
  readonly admit: (sandbox: Sandbox) => void;
  readonly refuse: (reason: Error) => void;
}

export class SandboxPool {
  private readonly sandboxes: readonly Sandbox[];
  private readonly idle: Sandbox[];
  private readonly waiting: Waiting[] = [];
  private closed = false;

  constructor(runtime: PythonRuntime, limits: ProgramLimits, threads: number) {
    this.sandboxes = Array.from({ length: threads }, () => new Sandbox(runtime, limits));
    this.idle = [...this.sandboxes];
  }

  /** As Sandbox.run, after waiting for a free one. The time limit does not include the wait. */
  async run(source: string, signal: AbortSignal): Promise<SandboxResult> {
    const sandbox = await this.take(signal);
    try {
      return await sandbox.run(source, signal);
    } finally {
      this.giveBack(sandbox);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { refuse } of this.waiting.splice(0)) refuse(new Error('it was closed'));
    await Promise.all(this.sandboxes.map((sandbox) => sandbox.close()));
  }

  private async take(signal: AbortSignal): Promise<Sandbox> {
    signal.throwIfAborted();
    if (this.closed) throw new Error('it was closed');
    const free = this.idle.pop();
    if (free) return free;
    const admitted = new AbortController();
    // Any number of a run's programs wait under its one signal.
    setMaxListeners(0, signal);
    try {
      return await new Promise<Sandbox>((admit, refuse) => {
        const place = { admit, refuse };
        this.waiting.push(place);
        const leave = (): void => {
          this.waiting.splice(this.waiting.indexOf(place), 1);
          refuse(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { signal: admitted.signal });
      });
    } finally {
      admitted.abort();
    }
  }

  private giveBack(sandbox: Sandbox): void {
    const next = this.waiting.shift();
    if (next) next.admit(sandbox);
    else this.idle.push(sandbox);
  }
}
