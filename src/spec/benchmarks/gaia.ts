import type { Benchmark } from './benchmark.js';
import { searchFigures } from './figures.js';
import { isFilled } from './references.js';

export const gaia = {
  name: 'gaia',
  title: 'GAIA',
  summary:
    'Questions to a general assistant, in three levels; the paper asks the 103 of the validation set that need no file.',
  source: 'https://huggingface.co/datasets/gaia-benchmark/GAIA',
  file: 'Rows with `Question` or `question`, `answer` or `Final answer`, and `Level`, which is kept as metadata. It may not be shared: bring your own copy.',
  questions: 103,
  task: 'qa',
  metric: 'judge',
  category: 'Level',
  isReference: isFilled,
  figures: [
    ...searchFigures([20.4, 23.3, 32.0, 38.8], [19.4, 33.0, 36.9, 43.7]),
    { backbone: 'Qwen3-14B', method: 'ARPO, pass@5', value: 61.2 },
  ],
} as const satisfies Benchmark;
