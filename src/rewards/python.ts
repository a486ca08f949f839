/** Scores by a user's Python function, in the sandbox of the python tool. A program for each answer: none can see another. */
import { randomUUID } from 'node:crypto';
import { LazyPool, OUTPUT_LIMIT_BYTES, type PoolOptions } from '../tools/python/lazy-pool.js';
import type { SandboxResult } from '../tools/python/sandbox.js';
import { checkingProgram, scoringProgram } from './python-source.js';
import type { Reward, RewardItem, RewardOutcome } from './reward.js';
import { scoreWithParts, type GivenScore } from './score-with-parts.js';

export interface PythonRewardOptions extends PoolOptions {
  readonly source: string;
}

/** Of a traceback: its end says most. */
const SHOWN_CHARACTERS = 2000;

export class PythonReward implements Reward {
  private readonly pool: LazyPool;

  constructor(private readonly options: PythonRewardOptions) {
    this.pool = new LazyPool(options);
  }

  score(items: readonly RewardItem[], signal: AbortSignal): Promise<RewardOutcome[]> {
    return Promise.all(items.map((item) => this.outcome(item, signal)));
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** Why the source cannot be used, as Python says it; null: it can. Rejects when the sandbox cannot work. */
  async problem(signal: AbortSignal): Promise<string | null> {
    const result = await this.pool.run(checkingProgram(this.options.source), signal);
    return result.end === 'exit' && result.status === 0 ? null : this.reason(result);
  }

  private async outcome(item: RewardItem, signal: AbortSignal): Promise<RewardOutcome> {
    const marker = randomUUID();
    try {
      const result = await this.pool.run(scoringProgram(this.options.source, item, marker), signal);
      if (result.end !== 'exit' || result.status !== 0) return { kind: 'infra_error', message: this.reason(result) };
      const at = result.stdout.lastIndexOf(marker);
      if (at === -1) return { kind: 'infra_error', message: 'the function ended the program: return a number instead' };
      return scoreWithParts('python', JSON.parse(result.stdout.slice(at + marker.length)) as GivenScore);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'infra_error', message: `Python could not run: ${reason}` };
    }
  }

  private reason(result: SandboxResult): string {
    const { timeoutS, memoryMb } = this.options;
    switch (result.end) {
      case 'exit':
        return result.stderr.trim().slice(-SHOWN_CHARACTERS) || `the program exited with ${result.status}`;
      case 'output_limit':
        return `the function printed more than ${OUTPUT_LIMIT_BYTES} bytes`;
      case 'timeout':
        return `TimeoutError: the function did not return within ${timeoutS} s`;
      case 'thread_out_of_memory':
        return `MemoryError: the function needs more than ${memoryMb} MB`;
      case 'crash':
        return `the function crashed the interpreter: ${result.reason}`;
    }
  }
}
