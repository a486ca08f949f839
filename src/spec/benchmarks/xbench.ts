import type { Benchmark } from './benchmark.js';
import { searchFigures } from './figures.js';
import { isFilled } from './references.js';

export const xbench = {
  name: 'xbench',
  title: 'xbench-DeepSearch',
  summary: 'Questions in Chinese that take many searches.',
  source: 'https://huggingface.co/datasets/xbench/DeepSearch',
  file: 'Rows with `prompt` or `question`, and `answer`, decrypted as its authors say. It may not be shared: bring your own copy.',
  questions: 100,
  task: 'qa',
  metric: 'judge',
  category: null,
  isReference: isFilled,
  figures: [
    ...searchFigures([9.0, 16.0, 20.0, 25.0], [14.0, 23.0, 27.0, 32.0]),
    { backbone: 'Qwen3-14B', method: 'ARPO, pass@5', value: 59 },
  ],
} as const satisfies Benchmark;
