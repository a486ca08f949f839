/** A fixed number of sandboxes, and the programs that wait for one, first come first served. */
import { setMaxListeners } from 'node:events';
import type { ProgramSandbox, SandboxResult } from './sandbox.js';

interface Waiting {
  readonly admit: (sandbox: ProgramSandbox) => void;
  readonly refuse: (reason: Error) => void;
}

export class SandboxPool {
  private readonly sandboxes: readonly ProgramSandbox[];
  private readonly idle: ProgramSandbox[];
  private readonly waiting: Waiting[] = [];
  private closed = false;

  /** @param size how many programs may run at the same time */
  constructor(size: number, makeSandbox: () => ProgramSandbox) {
    this.sandboxes = Array.from({ length: size }, makeSandbox);
    this.idle = [...this.sandboxes];
  }

  /** As ProgramSandbox.run, after waiting for a free one. The time limit does not include the wait. */
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

  private async take(signal: AbortSignal): Promise<ProgramSandbox> {
    signal.throwIfAborted();
    if (this.closed) throw new Error('it was closed');
    const free = this.idle.pop();
    if (free) return free;
    const admitted = new AbortController();
    // Any number of a run's programs wait under its one signal.
    setMaxListeners(0, signal);
    try {
      return await new Promise<ProgramSandbox>((admit, refuse) => {
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

  private giveBack(sandbox: ProgramSandbox): void {
    const next = this.waiting.shift();
    if (next) next.admit(sandbox);
    else this.idle.push(sandbox);
  }
}
