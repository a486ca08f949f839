/** What the quickstart says at the end: figures, curve and trajectories. No more than was counted; what to do next is in next-steps.ts. */
import { curve } from '../../cli/terminal/curve.js';
import { decodings, type Evaluated } from '../support/evaluate.js';
import { clock, count, percent } from '../../cli/terminal/figures.js';
import { table } from '../../cli/terminal/table.js';
import { answerLine } from './answer-line.js';
import { beforeAndAfter } from './before-and-after.js';
import { stages } from './recipe.js';
import type { Outcome } from './scenario.js';

const plot = { width: 60, height: 8 };

export function report(outcome: Outcome, totalSeconds: number): string[] {
  return [
    ...accuracy(outcome),
    '',
    ...toolCalls(outcome),
    '',
    `Mean reward of each step of ${outcome.method.toUpperCase()} (1 is right, 1.1 with both tools; -1 cannot be read):`,
    ...indented(curve(outcome.rewards, plot)),
    '',
    'One question of each family, where there is one that training has put right; greedy answers:',
    ...trajectories(outcome),
    '',
    `The agent is in ${outcome.weights.path}, sha256 ${outcome.weights.sha256}`,
    `That took ${clock(totalSeconds)}.`,
  ];
}

function accuracy({ task, scores }: Outcome): string[] {
  const rows = decodings.map((decoding) => [decoding, ...stages.map((stage) => share(scores[stage][decoding]))]);
  return [
    `Right answers to ${task.heldOut.length} questions about ${task.split.heldOut.length} countries that reinforcement learning never asked about, and of which no demonstration told a true fact (± one standard error)`,
    ...indented(table(['', 'untrained', 'after the cold start', 'trained'], rows)),
    'Greedy answers follow the likelier of two ways as soon as it leads by a hair; sampled ones (temperature 1) tell how firmly the agent goes it.',
  ];
}

function share({ aggregates: { exact_match, num_infra_error } }: Evaluated): string {
  const { mean, standard_error: error } = exact_match;
  if (mean === null) return 'nothing could be scored';
  const lost = num_infra_error === 0 ? '' : `, ${count(num_infra_error)} not scored`;
  return `${percent(mean)}${error ? ` ± ${(100 * error).toFixed(1)}` : ''}${lost}`;
}

/** Exact only about what was counted: no figure of a run that was not made. */
export function toolCalls({ method, policy }: Pick<Outcome, 'method' | 'policy'>): string[] {
  const { tool_calls: made, tool_calls_linear_equivalent: linear } = policy.run.usage;
  const training = `Tool calls made while training with ${method.toUpperCase()}: ${count(made)}`;
  // Without forks nothing is shared.
  if (method !== 'arpo') return [`${training}.`];
  return [
    `${training}. Counted along every trajectory they are ${count(linear)}:`,
    'what the same trajectories would have taken without sharing. GRPO samples others, and what it takes only a run can tell:',
    'npm run quickstart -- --method grpo',
  ];
}

function trajectories({ task, answers }: Outcome): string[] {
  return beforeAndAfter(task.heldOut, answers.cold_start, answers.trained).flatMap(({ question, before, after }) => [
    '',
    `  ${question.question}   right: ${question.answer}`,
    `    before  ${answerLine(before.response)}`,
    `    after   ${answerLine(after.response)}`,
  ]);
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
