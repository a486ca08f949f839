/** Compares values in a thread of its own, one pair at a time, which is stopped when a pair takes too long. Not the reading of answers. */
import { threadUrl } from '../../tools/thread-url.js';
import { TimedThread, type ThreadLimits } from '../../tools/timed-thread.js';
import type { Verdict } from './same-answer.js';

export class Comparer {
  private readonly thread: TimedThread<readonly [string, string], boolean>;

  /** @param limits for one pair; the thread itself starts within a second */
  constructor(limits: ThreadLimits) {
    this.thread = new TimedThread(threadUrl('compare-thread', import.meta.url), limits);
  }

  /** Rejects with the signal's reason when that is aborted, and with an Error when the thread fails through no fault of the pair. */
  async compare(a: string, b: string, signal: AbortSignal): Promise<Verdict> {
    const compared = await this.thread.make([a, b], signal);
    if (compared === 'too_hard') return compared;
    return compared.made ? 'equal' : 'not_equal';
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
