import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isIntegerTo999 } from './references.js';

export const aime24 = {
  name: 'aime24',
  title: 'AIME 2024',
  summary:
    'Both papers of the American Invitational Mathematics Examination of 2024; every answer is an integer from 0 to 999.',
  source: 'https://huggingface.co/datasets/HuggingFaceH4/aime_2024',
  file: 'Rows with `question` or `problem` and `answer`, a text or a number; `solution` is kept as metadata.',
  questions: 30,
  task: 'math',
  metric: 'judge',
  category: null,
  isReference: isIntegerTo999,
  figures: reasoningFigures(
    [10.0, 6.7, 20.0, 16.7, 20.0, 23.3],
    [3.3, 3.3, 13.3, 13.3, 16.7, 23.3],
    [10.0, 6.7, 23.3, 26.7, 20.0, 30.0],
  ),
} as const satisfies Benchmark;
