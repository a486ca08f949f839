import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isIntegerTo999 } from './references.js';

export const aime25 = {
  name: 'aime25',
  title: 'AIME 2025',
  summary:
    'Both papers of the American Invitational Mathematics Examination of 2025; every answer is an integer from 0 to 999.',
  source: 'https://huggingface.co/datasets/math-ai/aime25',
  file: 'Rows with `problem` or `question` and `answer`, a number or a text.',
  questions: 30,
  task: 'math',
  metric: 'judge',
  category: null,
  isReference: isIntegerTo999,
  figures: reasoningFigures(
    [6.7, 6.7, 13.3, 13.3, 16.7, 20.0],
    [0.0, 3.3, 13.3, 16.7, 13.3, 16.7],
    [10.0, 10.0, 26.7, 23.3, 23.3, 30.0],
  ),
} as const satisfies Benchmark;
