import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isFilled } from './references.js';

export const musique = {
  name: 'musique',
  title: 'MuSiQue',
  summary: 'Questions composed of two to four simpler ones, each of which needs the answer before.',
  source: 'https://github.com/StonyBrookNLP/musique',
  file: 'Rows with `question` and `answer`, a text or a list; also `golden_answers`.',
  questions: 200,
  task: 'qa',
  metric: 'f1',
  category: null,
  isReference: isFilled,
  figures: reasoningFigures(
    [3.6, 6.1, 24.7, 27.9, 30.0, 28.7],
    [10.4, 15.5, 31.0, 29.9, 29.2, 34.8],
    [6.6, 9.5, 30.6, 25.2, 28.6, 31.1],
  ),
} as const satisfies Benchmark;
