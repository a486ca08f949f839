/** What a benchmark of the service is. */
import type { QuantityResult } from '../harness/results.js';
import type { MeasuredService } from './service.js';

export interface RunOptions {
  rounds: number;
  say: (line: string) => void;
}

export interface ServiceBenchmark {
  title: string;
  /** What is compared, and how, in a sentence or two of Markdown. */
  how: string;
  /** Rounds that count, by default. */
  rounds: number;
  /** Of each quantity the first contender is what the benchmark is about, and the others are what it is compared with. */
  run: (service: MeasuredService, options: RunOptions) => Promise<QuantityResult[]>;
}
