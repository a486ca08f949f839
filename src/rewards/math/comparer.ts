/**
 * Compares values in a thread of its own, one pair at a time, and stops the thread when a pair takes too long: a formula that a policy wrote may ask
 * for more than the age of the universe. Not the reading of answers.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Verdict } from './same-answer.js';

export interface ComparerLimits {
  /** For one pair, without the start of the thread, which takes a second. */
  readonly timeoutS: number;
  readonly memoryMb: number;
}

/** Where the code of the thread lies: compiled beside this file, or as TypeScript like it. */
const THREAD = new URL(`./compare-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export class Comparer {
  private thread: Worker | null = null;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly limits: ComparerLimits) {}

  /** Rejects with the signal's reason when that is aborted, and with an Error when the thread fails through no fault of the pair. */
  compare(a: string, b: string, signal: AbortSignal): Promise<Verdict> {
    const verdict = this.last.then(() => this.next(a, b, signal));
    this.last = verdict.catch(() => undefined);
    return verdict;
  }

  async close(): Promise<void> {
    const thread = this.thread;
    this.thread = null;
    await thread?.terminate();
  }

  private async next(a: string, b: string, signal: AbortSignal): Promise<Verdict> {
    signal.throwIfAborted();
    const settled = new AbortController();
    const until = { signal: settled.signal };
    try {
      const thread = (this.thread ??= await this.start());
      thread.postMessage([a, b]);
      const verdict = await Promise.race([
        once(thread, 'message', until).then(([equal]): Verdict => (equal ? 'equal' : 'not_equal')),
        once(thread, 'exit', until).then(([status]) => Promise.reject(new Error(`the thread ended with ${status}`))),
        delay(this.limits.timeoutS * 1000, 'too_hard' as const, until),
        once(signal, 'abort', until).then(() => Promise.reject(signal.reason as Error)),
      ]);
      if (verdict === 'too_hard') await this.close();
      return verdict;
    } catch (error) {
      await this.close();
      if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') return 'too_hard';
      throw error;
    } finally {
      settled.abort();
    }
  }

  private async start(): Promise<Worker> {
    const resourceLimits = { maxOldGenerationSizeMb: this.limits.memoryMb };
    const thread = new Worker(THREAD, { env: {}, resourceLimits });
    await once(thread, 'message');
    // A thread that dies between two pairs is replaced at the next.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      if (this.thread === thread) this.thread = null;
    });
    return thread;
  }
}
