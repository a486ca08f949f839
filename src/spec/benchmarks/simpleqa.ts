import type { Benchmark } from './benchmark.js';
import { isFilled } from './references.js';

export const simpleqa = {
  name: 'simpleqa',
  title: 'SimpleQA',
  summary:
    'Short questions of fact with one answer each. The released evaluation has 500 of them; it is not one of the paper’s 13.',
  source: 'https://openai.com/index/introducing-simpleqa',
  file: 'Rows with `question` or `problem`, and `answer`, a text or a list; a `topic` is kept as metadata.',
  questions: 500,
  task: 'qa',
  metric: 'judge',
  category: 'topic',
  isReference: isFilled,
  figures: [],
} as const satisfies Benchmark;
