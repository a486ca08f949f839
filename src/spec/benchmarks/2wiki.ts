import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isFilled } from './references.js';

export const twoWiki = {
  name: '2wiki',
  title: '2WikiMultihopQA',
  summary: 'Questions whose answers take several articles of Wikipedia; most have several accepted names.',
  source: 'https://github.com/Alab-NII/2wikimultihop',
  file: 'Rows with `question` and `answer`, a list of names of the same thing; also `golden_answers`.',
  questions: 200,
  task: 'qa',
  metric: 'f1',
  category: null,
  isReference: isFilled,
  figures: reasoningFigures(
    [9.4, 14.1, 64.5, 62.3, 62.5, 67.4],
    [24.6, 47.5, 71.8, 71.6, 70.3, 75.5],
    [12.6, 18.3, 76.1, 68.9, 68.4, 76.1],
  ),
} as const satisfies Benchmark;
