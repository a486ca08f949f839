/** The benchmarks that an evaluation can name: the 13 of ARPO's paper, and SimpleQA. A new one is a file and a row. */
import { aime24 } from './aime24.js';
import { aime25 } from './aime25.js';
import { bamboogle } from './bamboogle.js';
import type { Benchmark } from './benchmark.js';
import { gaia } from './gaia.js';
import { gsm8k } from './gsm8k.js';
import { hle } from './hle.js';
import { hotpotqa } from './hotpotqa.js';
import { math } from './math.js';
import { math500 } from './math500.js';
import { musique } from './musique.js';
import { simpleqa } from './simpleqa.js';
import { twoWiki } from './2wiki.js';
import { webwalker } from './webwalker.js';
import { xbench } from './xbench.js';

const rows = [
  aime24,
  aime25,
  math500,
  gsm8k,
  math,
  webwalker,
  hotpotqa,
  twoWiki,
  musique,
  bamboogle,
  gaia,
  hle,
  xbench,
  simpleqa,
] as const;

export type BenchmarkName = (typeof rows)[number]['name'];

export const BENCHMARKS: readonly Benchmark<BenchmarkName>[] = rows;

export const BENCHMARK_NAMES = rows.map(({ name }) => name);

export function benchmarkOf(name: BenchmarkName): Benchmark<BenchmarkName> {
  const found = BENCHMARKS.find((one) => one.name === name);
  if (!found) throw new TypeError(`no benchmark is called ${name}`);
  return found;
}
