/** What the example says at the end: figures, curve and answers. No more than was counted. */
import { curve } from '../../cli/terminal/curve.js';
import { decodings, type Aggregates, type Decoding, type EvaluationItem } from '../support/evaluate.js';
import { clock, count } from '../../cli/terminal/figures.js';
import { table } from '../../cli/terminal/table.js';
import { trajectoryLine } from '../support/trajectory.js';
import { change, type Measure } from './change.js';
import { number, share } from './figures.js';
import { noteOf } from './known-weights.js';
import { stages, type Stage } from './recipe.js';
import type { Outcome } from './scenario.js';

const plot = { width: 60, height: 8 };
const SHOWN = 4;

interface Figure {
  readonly name: string;
  readonly measure: Measure;
  readonly told: (aggregates: Aggregates) => string;
  /** Whether it is a share, told in percent. */
  readonly isShare: boolean;
}

const figures: readonly Figure[] = [
  {
    name: 'format valid',
    measure: ({ reward, format_valid }) => (reward === null ? null : Number(format_valid)),
    told: ({ format_valid }) => share(format_valid),
    isShare: true,
  },
  {
    name: 'mean reward',
    measure: ({ reward }) => reward,
    told: ({ reward }) => number(reward),
    isShare: false,
  },
  {
    name: 'right answers',
    measure: ({ exact_match }) => exact_match,
    told: ({ exact_match }) => share(exact_match),
    isShare: true,
  },
];

/** @param source of the questions, in words */
export function report(outcome: Outcome, source: string, totalSeconds: number): string[] {
  const { model, task, weights } = outcome;
  const note = noteOf(model);
  return [
    `${model.name} on ${count(task.heldOut.length)} questions that it was neither shown nor trained on (± one standard error)`,
    `Questions: ${source}`,
    ...(note === null ? [] : [note]),
    ...indented(scores(outcome)),
    '',
    'What changed, question by question (± one standard error):',
    ...indented(changes(outcome)),
    '',
    'Mean reward of each step of ARPO (1 is right, 0 is wrong, -1 cannot be read):',
    ...indented(curve(outcome.rewards, plot)),
    '',
    'What took the time:',
    ...indented(times(outcome)),
    '',
    ...examples(outcome),
    '',
    `The trained model is in ${weights.path}, sha256 ${weights.sha256}`,
    `That took ${clock(totalSeconds)}.`,
  ];
}

function scores({ scores: all }: Outcome): string[] {
  const rows = decodings.flatMap((decoding) =>
    figures.map(({ name, told }) => [decoding, name, ...stages.map((stage) => told(all[stage][decoding].aggregates))]),
  );
  return table(['', '', 'before', 'after the cold start', 'after ARPO'], rows);
}

function changes({ answers }: Outcome): string[] {
  const between = (from: Stage, to: Stage, decoding: Decoding, { measure, isShare }: Figure) => {
    const found = change(answers[from][decoding], answers[to][decoding], measure);
    if (found === null) return 'not scored';
    const told = { mean: found.mean, standard_error: found.standardError };
    return `${found.mean > 0 ? '+' : ''}${isShare ? share(told) : number(told)}`;
  };
  const rows = decodings.flatMap((decoding) =>
    figures.map((figure) => [
      decoding,
      figure.name,
      between('before', 'cold_start', decoding, figure),
      between('cold_start', 'trained', decoding, figure),
    ]),
  );
  return table(['', '', 'by the cold start', 'by ARPO'], rows);
}

function times({ coldStart, policy }: Outcome): string[] {
  const rows = [coldStart, policy].map(({ run, seconds, sampleSeconds, updateSeconds }) => [
    run.method,
    clock(seconds),
    speed(run.usage.sampled_tokens, sampleSeconds),
    speed(run.usage.unique_tokens, updateSeconds),
    count(run.usage.tool_calls),
  ]);
  return table(['run', 'time', 'tokens sampled', 'tokens trained on', 'tool calls'], rows);
}

/** `12,371 in 0:50, 247/s` */
function speed(tokens: number, seconds: number): string {
  if (tokens === 0) return 'none';
  return `${count(tokens)} in ${clock(seconds)}, ${count(Math.round(tokens / seconds))}/s`;
}

/** Greedy answers to the same questions: those that training has put right first. */
function examples({ answers }: Outcome): string[] {
  const isRight = (stage: Stage) => {
    const right = new Set(answers[stage].greedy.filter((item) => item.exact_match === 1).map((item) => item.example));
    return ({ example }: EvaluationItem) => right.has(example);
  };
  const [early, late] = [isRight('cold_start'), isRight('trained')];
  const rank = (item: EvaluationItem) => (late(item) ? (early(item) ? 1 : 0) : 2);
  const shown = [...answers.trained.greedy].sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
  const answerOf = (stage: Stage, example: number) =>
    answers[stage].greedy.find((item) => item.example === example)?.response ?? '';
  return [
    `${shown.length} of the questions, those first that ARPO has put right; greedy answers:`,
    ...shown.flatMap(({ example, question, references }) => [
      '',
      `  ${question ?? ''}   right: ${references?.join(' or ') ?? ''}`,
      `    before       ${trajectoryLine(answerOf('before', example))}`,
      `    cold start   ${trajectoryLine(answerOf('cold_start', example))}`,
      `    after ARPO   ${trajectoryLine(answerOf('trained', example))}`,
    ]),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
