/** One thread that runs programs one at a time, and is stopped and replaced when one does not end. Not a queue: that is the pool. */
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { threadUrl } from '../thread-url.js';
import { PAGE_BYTES, type ProgramResult, type RunnerOptions } from './image.js';
import type { Program } from './program-thread.js';
import type { PythonRuntime } from './runtime.js';

export interface ProgramLimits {
  readonly timeoutS: number;
  /** MiB for the whole interpreter, which takes some 12 of them itself, and 41 with its packages. */
  readonly memoryMb: number;
  /** Bytes, for each of the two outputs. */
  readonly outputBytes: number;
}

export type SandboxResult = ProgramResult | { readonly end: 'timeout' } | { readonly end: 'thread_out_of_memory' };

/** Runs one program at a time. */
export interface ProgramSandbox {
  run(source: string, signal: AbortSignal): Promise<SandboxResult>;
  close(): Promise<void>;
}

export class Sandbox implements ProgramSandbox {
  private thread: Worker | null = null;

  constructor(
    private readonly runtime: PythonRuntime,
    private readonly limits: ProgramLimits,
  ) {}

  /**
   * Runs one program; call it again only after it has settled.
   * Rejects with the signal's reason when that is aborted, and with an Error when the thread fails through no fault of the program.
   */
  async run(source: string, signal: AbortSignal): Promise<SandboxResult> {
    signal.throwIfAborted();
    try {
      const interpreter = await this.runtime.interpreterFor(source);
      const thread = (this.thread ??= await this.start());
      const result = await this.answer(thread, { source: new TextEncoder().encode(source), interpreter }, signal);
      if (result.end === 'timeout' || result.end === 'thread_out_of_memory') await this.close();
      return result;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Stops the thread, whatever it is doing. */
  async close(): Promise<void> {
    const thread = this.thread;
    this.thread = null;
    await thread?.terminate();
  }

  /** A thread that has loaded its code, so that none of the time limit goes into that. */
  private async start(): Promise<Worker> {
    const { memoryMb, outputBytes } = this.limits;
    const workerData: RunnerOptions = {
      module: this.runtime.module,
      maxPages: Math.floor((memoryMb * 2 ** 20) / PAGE_BYTES),
      outputLimit: outputBytes,
    };
    const thread = new Worker(threadUrl('program-thread', import.meta.url), { workerData, env: {} });
    await once(thread, 'message');
    // A thread that dies between two programs is replaced at the next.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      if (this.thread === thread) this.thread = null;
    });
    return thread;
  }

  private async answer(thread: Worker, program: Program, signal: AbortSignal): Promise<SandboxResult> {
    const settled = new AbortController();
    const until = { signal: settled.signal };
    try {
      thread.postMessage(program);
      return await Promise.race([
        once(thread, 'message', until).then(([result]) => result as ProgramResult),
        once(thread, 'exit', until).then(([status]) => Promise.reject(new Error(`its thread ended with ${status}`))),
        this.timeout(until),
        new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), until);
        }),
      ]);
    } catch (error) {
      if (isThreadOutOfMemory(error)) return { end: 'thread_out_of_memory' };
      throw error;
    } finally {
      settled.abort();
    }
  }

  private async timeout(until: { signal: AbortSignal }): Promise<{ end: 'timeout' }> {
    await delay(this.limits.timeoutS * 1000, undefined, until);
    // When this process was busy for long, an answer may be waiting already: let it come first.
    await nextTurn(undefined, until);
    return { end: 'timeout' };
  }
}

const isThreadOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
