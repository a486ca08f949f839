import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isFilled } from './references.js';

export const math500 = {
  name: 'math500',
  title: 'MATH-500',
  summary: '500 problems of competitions out of MATH; the answers are formulas in LaTeX.',
  source: 'https://huggingface.co/datasets/HuggingFaceH4/MATH-500',
  file: 'Rows with `question` or `problem` and `answer` in LaTeX; `level` and `subject` are kept as metadata.',
  questions: 500,
  task: 'math',
  metric: 'judge',
  category: 'level',
  isReference: isFilled,
  figures: reasoningFigures(
    [63.0, 52.2, 72.0, 70.4, 71.2, 71.4],
    [43.3, 39.4, 62.4, 61.4, 61.2, 64.6],
    [70.6, 68.2, 78.0, 78.0, 80.4, 78.8],
  ),
} as const satisfies Benchmark;
