/** Ranks the documents of a corpus in a thread of its own: a query over a million documents takes milliseconds, in which nothing else should wait. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { threadUrl } from '../thread-url.js';
import type { FromSearchThread, Query, SearchThreadData, ToSearchThread } from './search-thread.js';

/** Beside what is kept of the index, see `Ranking`, and all embeddings. */
const MEMORY_MB = 256;
/** For opening, and for a query and those before it. */
const LIMIT_MS = 60_000;

type Settle = (numbers: readonly number[] | Error) => void;

export class CorpusSearcher {
  private readonly waiting = new Map<number, Settle>();
  private queries = 0;
  private ended: Error | null = null;

  private constructor(private readonly thread: Worker) {
    thread.on('message', ({ id, numbers }: FromSearchThread) => this.waiting.get(id)?.(numbers));
    thread.on('error', (error) => this.end(error));
    thread.on('exit', () => this.end(new Error('the search ended')));
  }

  /** @param workerData names files that may not change until this is closed */
  static async open(workerData: SearchThreadData): Promise<CorpusSearcher> {
    const resourceLimits = { maxOldGenerationSizeMb: MEMORY_MB };
    const thread = new Worker(threadUrl('search-thread', import.meta.url), { env: {}, workerData, resourceLimits });
    try {
      await once(thread, 'message', { signal: AbortSignal.timeout(LIMIT_MS) });
    } catch (error) {
      await thread.terminate();
      throw error;
    }
    return new CorpusSearcher(thread);
  }

  /**
   * The numbers of the best documents, best first.
   * @throws {Error} when it is closed, takes too long, or cannot be done
   */
  best(query: Query, limit: number): Promise<readonly number[]> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.queries++;
    return new Promise((resolve, reject) => {
      const late = new Error(`the search took more than ${LIMIT_MS / 1000} s`);
      const timer = setTimeout(() => settle(late), LIMIT_MS);
      const settle: Settle = (answer) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      this.waiting.set(id, settle);
      this.thread.postMessage({ ...query, id, limit } satisfies ToSearchThread);
    });
  }

  async close(): Promise<void> {
    this.end(new Error('the search tool was closed'));
    await this.thread.terminate();
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const settle of this.waiting.values()) settle(this.ended);
  }
}
