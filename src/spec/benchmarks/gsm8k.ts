import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isNumber } from './references.js';

export const gsm8k = {
  name: 'gsm8k',
  title: 'GSM8K',
  summary: 'Word problems of primary school; every answer is a number.',
  source: 'https://huggingface.co/datasets/openai/gsm8k',
  file: 'Rows with `question` and `answer`, a worked solution that ends in `#### ` and the answer; the solution is kept as metadata.',
  questions: 1319,
  task: 'math',
  metric: 'judge',
  category: null,
  isReference: isNumber,
  figures: reasoningFigures(
    [75.0, 56.6, 86.0, 85.0, 85.0, 85.0],
    [81.4, 73.8, 87.4, 87.0, 87.4, 88.0],
    [90.2, 64.6, 92.8, 92.2, 91.0, 92.2],
  ),
} as const satisfies Benchmark;
