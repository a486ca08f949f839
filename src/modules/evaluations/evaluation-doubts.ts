/** What makes it doubtful that an evaluation says something of its checkpoint, as far as its spec says: warnings. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { defaultGrader } from '../../spec/benchmarks/benchmark.js';
import { benchmarkOf } from '../../spec/benchmarks/index.js';
import type { ResolvedEvaluationSpec } from '../../spec/evaluation-spec.js';
import { resolveReward } from '../../spec/rewards/index.js';
import { CallSyntax, PLAIN_PROMPT } from '../../spec/prompt.js';
import { isSupervised } from '../../spec/run-spec.js';
import { resolveTool } from '../../spec/tools/index.js';
import type { Maker } from './checkpoint-maker.js';

/** What the sampling cannot show. */
export function samplingDoubts({ sampling }: ResolvedEvaluationSpec): string[] {
  const { samples, temperature } = sampling;
  if (samples === 1 || temperature > 0) return [];
  return [`sampling.temperature is 0, so that the ${samples} samples of a question are the same: pass@k is pass@1`];
}

/** Why the result cannot stand beside the paper's. */
export function benchmarkDoubts({ benchmark: name, grader }: ResolvedEvaluationSpec): string[] {
  const benchmark = name === null ? null : benchmarkOf(name);
  if (benchmark?.metric !== 'judge' || !isDeepStrictEqual(grader, defaultGrader(benchmark))) return [];
  return [
    `grader compares formulas as the paper’s evaluation does, and the paper has a judge find further answers of ${benchmark.title} right: name one to compare with its figures`,
  ];
}

const CALL_FIELDS = CallSyntax.keyof().options;

/** @param maker the run that made the checkpoint */
export function evaluationDoubts({ prompt, tools, grader, benchmark }: ResolvedEvaluationSpec, maker: Maker): string[] {
  const { id, spec: run } = maker;
  const doubts: string[] = [];
  if (prompt.system !== run.prompt.system) {
    doubts.push(`prompt.system is not that of ${id}, which made the checkpoint: it learnt to answer below another one`);
  }
  const learnt = { ...PLAIN_PROMPT, ...run.prompt };
  const callsDiffer = CALL_FIELDS.some((field) => !isDeepStrictEqual(prompt[field], learnt[field]));
  if (tools.length > 0 && callsDiffer) {
    doubts.push(
      `prompt has calls written otherwise than ${id}, which made the checkpoint: it learnt to call tools as in that run`,
    );
  }
  if (isSupervised(run)) return doubts;
  if (!isDeepStrictEqual(tools, run.tools.map(resolveTool))) {
    doubts.push(`tools are not those of ${id}, which made the checkpoint: it learnt to call other ones`);
  }
  if (benchmark === null && run.reward !== null && !isDeepStrictEqual(grader, resolveReward(run.reward))) {
    doubts.push(
      `grader is not the reward of ${id}, which made the checkpoint: rewards cannot be compared with those of the run`,
    );
  }
  return doubts;
}
