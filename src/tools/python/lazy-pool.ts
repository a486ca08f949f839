/** A pool of sandboxes that starts with its first program: a job whose model never calls Python starts none. */
import type { HostPython } from '../host-python/host-python.js';
import { HostSandbox } from '../host-python/host-sandbox.js';
import { pythonRuntime } from './runtime.js';
import { SandboxPool } from './sandbox-pool.js';
import { Sandbox, type ProgramLimits, type ProgramSandbox, type SandboxResult } from './sandbox.js';

export interface PoolOptions extends Omit<ProgramLimits, 'outputBytes'> {
  /** Programs that may run at the same time. */
  readonly threads: number;
  /** Runs them on the machine's own Python; absent: in WebAssembly. */
  readonly host?: HostPython;
}

/** What a program may write to each of its two outputs before it is stopped. */
export const OUTPUT_LIMIT_BYTES = 65536;

export class LazyPool {
  private pool: Promise<SandboxPool> | null = null;

  constructor(private readonly options: PoolOptions) {}

  /** As SandboxPool.run. Rejects also when the runtime cannot be loaded, which the next program tries again. */
  async run(program: string, signal: AbortSignal): Promise<SandboxResult> {
    this.pool ??= this.start();
    return (await this.pool).run(program, signal);
  }

  async close(): Promise<void> {
    await (await this.pool?.catch(() => null))?.close();
  }

  private async start(): Promise<SandboxPool> {
    try {
      return new SandboxPool(this.options.threads, await this.sandboxes());
    } catch (error) {
      this.pool = null;
      throw error;
    }
  }

  private async sandboxes(): Promise<() => ProgramSandbox> {
    const { host } = this.options;
    const limits = { ...this.options, outputBytes: OUTPUT_LIMIT_BYTES };
    if (host) return () => new HostSandbox(host, limits);
    const runtime = await pythonRuntime();
    return () => new Sandbox(runtime, limits);
  }
}
