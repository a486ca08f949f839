import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isFilled } from './references.js';

export const bamboogle = {
  name: 'bamboogle',
  title: 'Bamboogle',
  summary: 'Questions of two steps that a search engine answers wrongly when it is asked them as they are.',
  source: 'https://github.com/ofirpress/self-ask',
  file: 'Rows with `question` and `answer`, a text or a list; also `golden_answers`.',
  questions: 125,
  task: 'qa',
  metric: 'f1',
  category: null,
  isReference: isFilled,
  figures: reasoningFigures(
    [11.7, 16.4, 65.2, 65.7, 64.8, 66.8],
    [40.0, 58.4, 68.2, 69.1, 67.3, 73.8],
    [24.0, 23.6, 68.4, 64.9, 65.5, 71.5],
  ),
} as const satisfies Benchmark;
