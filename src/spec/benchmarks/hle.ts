import type { Benchmark } from './benchmark.js';
import { searchFigures } from './figures.js';
import { isFilled } from './references.js';

export const hle = {
  name: 'hle',
  title: 'Humanity’s Last Exam',
  summary: 'Questions of experts from many fields; the paper asks 500 of those that are text alone.',
  source: 'https://huggingface.co/datasets/cais/hle',
  file: 'Rows with `question`, `answer` and `answer_type`; that and `category` are kept as metadata. It may not be shared: bring your own copy.',
  questions: 500,
  task: 'qa',
  metric: 'judge',
  category: 'category',
  isReference: isFilled,
  figures: [
    ...searchFigures([4.6, 4.6, 7.8, 8.8], [6.8, 7.0, 8.6, 10.0]),
    { backbone: 'Qwen3-14B', method: 'ARPO, pass@5', value: 24.0 },
  ],
} as const satisfies Benchmark;
