import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isFilled } from './references.js';

export const math = {
  name: 'math',
  title: 'MATH',
  summary:
    'Problems of competitions in mathematics; the answers are formulas in LaTeX. The paper asks the first 500 of the test set.',
  source: 'https://github.com/hendrycks/math',
  file: 'Rows with `problem` and `solution`, in whose last box the answer is, or with `answer`; `level` and `type` are kept as metadata.',
  questions: 500,
  task: 'math',
  metric: 'judge',
  category: 'level',
  isReference: isFilled,
  figures: reasoningFigures(
    [71.6, 62.8, 81.0, 80.2, 81.2, 82.5],
    [60.6, 58.2, 79.2, 77.2, 76.4, 80.2],
    [82.0, 78.2, 87.8, 88.8, 88.8, 88.8],
  ),
} as const satisfies Benchmark;
