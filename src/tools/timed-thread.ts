/**
 * Does work in a thread of its own, one piece at a time, and stops the thread when a piece takes too long: what a policy or a stranger has written may
 * ask for more than the age of the universe. The thread says `ready` once it has started, then answers each message with one.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

export interface ThreadLimits {
  /** For one piece, without the start of the thread. */
  readonly timeoutS: number;
  readonly memoryMb: number;
}

export class TimedThread<Given, Made> {
  private thread: Worker | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /** @param code of the thread */
  constructor(
    private readonly code: URL,
    private readonly limits: ThreadLimits,
  ) {}

  /**
   * What the thread makes of it; `too_hard`: it took too long or too much memory. Rejects with the signal's reason when that is aborted, and with an Error
   * when the thread fails through no fault of the piece.
   */
  make(given: Given, signal: AbortSignal): Promise<{ made: Made } | 'too_hard'> {
    const made = this.last.then(() => this.next(given, signal));
    this.last = made.catch(() => undefined);
    return made;
  }

  async close(): Promise<void> {
    const thread = this.thread;
    this.thread = null;
    await thread?.terminate();
  }

  private async next(given: Given, signal: AbortSignal): Promise<{ made: Made } | 'too_hard'> {
    signal.throwIfAborted();
    const settled = new AbortController();
    const until = { signal: settled.signal };
    try {
      const thread = (this.thread ??= await this.start());
      thread.postMessage(given);
      const made = await Promise.race([
        once(thread, 'message', until).then(([message]) => ({ made: message as Made })),
        once(thread, 'exit', until).then(([status]) => Promise.reject(new Error(`the thread ended with ${status}`))),
        delay(this.limits.timeoutS * 1000, 'too_hard' as const, until),
        once(signal, 'abort', until).then(() => Promise.reject(signal.reason as Error)),
      ]);
      if (made === 'too_hard') await this.close();
      return made;
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
    const thread = new Worker(this.code, { env: {}, resourceLimits });
    await once(thread, 'message');
    // A thread that dies between two pieces is replaced at the next.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      if (this.thread === thread) this.thread = null;
    });
    return thread;
  }
}
