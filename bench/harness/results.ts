/** What a run of the benchmarks found, as it is written to JSON. */
import type { BenchmarkName, Quantity } from './benchmarks.js';
import type { Load } from './load-watch.js';
import type { Versions } from './protocol.js';
import type { Summary } from './statistics.js';

export interface ContenderResult extends Summary {
  name: string;
  /** Our median over this one's; null for ours. */
  ratio: number | null;
  samples: number[];
}

export interface QuantityResult extends Pick<Quantity, 'what' | 'unit' | 'better'> {
  contenders: ContenderResult[];
}

export interface BenchmarkResult {
  name: BenchmarkName;
  title: string;
  weights: string;
  rounds: number;
  load: Load;
  quantities: QuantityResult[];
}

export interface Results {
  date: string;
  commit: string;
  command: string;
  threads: number;
  machine: { cpu: string; cores: number; memory_gib: number; system: string };
  versions: Versions;
  benchmarks: BenchmarkResult[];
}
