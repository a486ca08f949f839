/** What the API answers about benchmarks. */
import { z } from 'zod';
import { defaultGrader, PAPER_SAMPLING, type Benchmark } from '../../spec/benchmarks/benchmark.js';
import { BENCHMARK_NAMES, type BenchmarkName } from '../../spec/benchmarks/index.js';
import { ResolvedRewardSpec } from '../../spec/rewards/index.js';

export const BenchmarkObject = z
  .object({
    object: z.literal('benchmark'),
    name: z.enum(BENCHMARK_NAMES).describe('As an evaluation says it.'),
    title: z.string(),
    summary: z.string(),
    source: z.string().describe('Where its questions are to be had; no file comes with Bough.'),
    file: z
      .string()
      .describe('The rows of its file, which is uploaded as a dataset of kind `rl` without configuration.'),
    questions: z.int().describe('In the paper’s evaluation.'),
    metric: z
      .enum(['f1', 'judge'])
      .describe('Of the paper: F1 of the words, or whether a judge finds an answer right.'),
    grader: ResolvedRewardSpec.nullable().describe(
      'What an evaluation is scored by that names no grader; null: it has to name a judge, which is then asked as the paper’s is.',
    ),
    sampling: z.object({ temperature: z.number(), top_p: z.number() }),
    category: z.string().nullable().describe('The field of the metadata by which results are broken down.'),
    paper: z
      .array(z.object({ backbone: z.string(), method: z.string(), value: z.number().describe('Percent.') }))
      .describe(
        'What the paper reports (arXiv 2507.19849, tables 1 to 3), at pass@1 unless the method says otherwise.',
      ),
  })
  .meta({ id: 'Benchmark' });

export const BenchmarkList = z
  .object({ object: z.literal('list'), data: z.array(BenchmarkObject) })
  .meta({ id: 'BenchmarkList' });

export function benchmarkObject(benchmark: Benchmark<BenchmarkName>): z.infer<typeof BenchmarkObject> {
  const { name, title, summary, source, file, questions, metric, category, figures } = benchmark;
  return {
    object: 'benchmark',
    name,
    title,
    summary,
    source,
    file,
    questions,
    metric,
    grader: defaultGrader(benchmark),
    sampling: PAPER_SAMPLING,
    category,
    paper: [...figures],
  };
}
