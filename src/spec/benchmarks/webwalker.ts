import type { Benchmark } from './benchmark.js';
import { reasoningFigures, searchFigures } from './figures.js';
import { isFilled } from './references.js';

export const webwalker = {
  name: 'webwalker',
  title: 'WebWalkerQA',
  summary: 'Questions about pages deep within websites, most of them in Chinese; the answers are sentences.',
  source: 'https://huggingface.co/datasets/callanwu/WebWalkerQA',
  file: 'Rows with `question` and `answer`; a `difficulty_level` is kept as metadata.',
  questions: 200,
  task: 'qa',
  metric: 'judge',
  category: 'difficulty_level',
  isReference: isFilled,
  figures: [
    ...reasoningFigures(
      [0.5, 14.0, 21.0, 19.5, 19.5, 24.5],
      [3.0, 15.0, 26.5, 27.5, 25.5, 30.5],
      [2.0, 15.5, 22.0, 26.0, 24.0, 26.0],
    ),
    ...searchFigures([2.0, 15.5, 29.0, 30.5], [4.0, 19.5, 30.0, 36.0]),
  ],
} as const satisfies Benchmark;
