import { expect, test } from 'vitest';
import type { BenchmarkResult } from './results.js';
import { benchmarkTables, formatted } from './table.js';

const contender = (name: string, median: number, ratio: number | null) => ({
  name,
  median,
  spread: 0.0123,
  ratio,
  samples: [median],
});

const result: BenchmarkResult = {
  name: 'train-small',
  title: 'Training',
  weights: 'random weights',
  rounds: 1,
  load: { idle: null, other: null },
  quantities: [
    {
      what: 'forward',
      unit: 'tokens/s',
      better: 'higher',
      contenders: [contender('Bough', 6000, null), contender('PyTorch, SDPA', 4000, 1.5)],
    },
    {
      what: 'memory',
      unit: 'GiB',
      better: 'lower',
      contenders: [contender('Bough', 2.5, null), contender('PyTorch, SDPA', 10, 0.25)],
    },
    {
      what: 'step',
      unit: 'ms',
      better: 'lower',
      contenders: [contender('Bough', 21, null), contender('PyTorch, fused', 7, 3)],
    },
  ],
};

test('quantities with the same contenders share a table; ratios stand beside what they are to', () => {
  expect(benchmarkTables(result)).toBe(
    [
      '|  | Bough | PyTorch, SDPA |',
      '| --- | ---: | ---: |',
      '| forward, tokens/s (higher is better) | **6,000 ± 1.2%** | 4,000 ± 1.2% (1.50 ×) |',
      '| memory, GiB (lower is better) | **2.500 ± 1.2%** | 10.00 ± 1.2% (0.25 ×) |',
      '',
      '|  | Bough | PyTorch, fused |',
      '| --- | ---: | ---: |',
      '| step, ms (lower is better) | **21.00 ± 1.2%** | 7.000 ± 1.2% (3.00 ×) |',
    ].join('\n'),
  );
});

test.each([
  [12345.6, '12,350'],
  [5973, '5,973'],
  [21.349, '21.35'],
  [0.5, '0.5000'],
  [0, '0.000'],
  [NaN, '-'],
])('%d is shown as %s', (value, text) => {
  expect(formatted(value)).toBe(text);
});
