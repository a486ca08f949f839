import type { Benchmark } from './benchmark.js';
import { reasoningFigures } from './figures.js';
import { isFilled } from './references.js';

export const hotpotqa = {
  name: 'hotpotqa',
  title: 'HotpotQA',
  summary: 'Questions whose answers take two articles of Wikipedia.',
  source: 'https://hotpotqa.github.io',
  file: 'Rows with `question` and `answer`, a text or a list; also `golden_answers`.',
  questions: 200,
  task: 'qa',
  metric: 'f1',
  category: null,
  isReference: isFilled,
  figures: reasoningFigures(
    [9.7, 15.4, 56.5, 55.9, 54.8, 58.5],
    [24.3, 48.5, 57.8, 57.1, 56.6, 65.4],
    [12.2, 14.8, 59.0, 55.1, 57.7, 58.8],
  ),
} as const satisfies Benchmark;
