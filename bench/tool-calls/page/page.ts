/** The part of docs/tool-calls.md that is written from results, between two marks. What stands around it is written by hand, before the first run. Pure. */
import * as written from '../../study/written-page.js';
import { armNames, arms, type ArmName } from '../arms.js';
import { protocol } from '../protocol.js';
import type { SeedResult, TaskResults } from '../results.js';
import type { Interval } from '../statistics/bootstrap.js';
import { compareAtCalls, compareAtStep, compareEndpoints, type Estimate } from '../statistics/compare.js';
import { callsUntil } from '../statistics/curve.js';
import { tasks, type TaskName } from '../tasks.js';
import { curveOf, curvesOf, isWhole } from './curves.js';

/** @throws {Error} when the page does not have both marks */
export function withResults(page: string, all: readonly (readonly [TaskName, TaskResults | null])[]): string {
  const sections = all.map(([name, results]) => section(name, results));
  return written.withResults(page, 'npm run study:tool-calls', sections.join('\n\n'));
}

function section(name: TaskName, results: TaskResults | null): string {
  const { title, seeds: planned } = tasks[name];
  const heading = `## ${title}`;
  if (results === null || results.seeds.length === 0) return `${heading}\n\nNot run.`;
  const whole = results.seeds.filter(isWhole).length;
  return [
    heading,
    whole >= planned
      ? `Complete: ${whole} seeds with all arms.`
      : `**Incomplete: ${whole} of ${planned} seeds have all arms.** What stands here is what there is so far; it shows nothing yet.`,
    `![Exact match over tool calls](tool-calls/${name}.svg)`,
    'Tool calls until GRPO’s final mean less 1 point, with 95% intervals over the seeds:',
    endpoints(results),
    'Exact match less that of the reference, in points: after step 50, and after as many calls as the thriftier of the two has made in all:',
    accuracies(results),
    'Every training; the last two columns take the level from GRPO’s last exact match with the same seed:',
    trainings(results.seeds),
    provenance(results),
  ].join('\n\n');
}

/** Each arm with GRPO, and deferred branching with its control. */
const comparisons: readonly (readonly [ArmName, ArmName])[] = [
  ...armNames.filter((name) => name !== 'grpo').map((name) => [name, 'grpo'] as const),
  ['deferred', 'random'],
];

function endpoints(results: TaskResults): string {
  const rows = comparisons.flatMap(([name, against]) => {
    const samples = curvesOf(results, [name, against, 'grpo']).map(([arm, reference, grpo]) => ({
      arm: arm!,
      reference: reference!,
      grpo: grpo!,
    }));
    if (samples.length === 0) return [];
    const { level, arm, reference, ratio } = compareEndpoints(samples, protocol.endpointMargin, protocol.bootstrap);
    const cells = [
      level.toFixed(3),
      calls(arm),
      calls(reference),
      factor(ratio.value),
      interval(ratio.interval, factor),
    ];
    return [[arms[name].title, arms[against].title, String(samples.length), ...cells]];
  });
  return table(['arm', 'reference', 'seeds', 'level', 'its calls', 'the reference’s', 'ratio', '95% interval'], rows);
}

function accuracies(results: TaskResults): string {
  const index = protocol.equalSteps / protocol.evaluateEvery;
  const rows = comparisons.flatMap(([name, against]) => {
    const samples = curvesOf(results, [name, against]).map(([arm, reference]) => ({
      arm: arm!,
      reference: reference!,
    }));
    if (samples.length === 0) return [];
    const cells = [
      compareAtStep(samples, index, protocol.bootstrap),
      compareAtCalls(samples, protocol.bootstrap),
    ].flatMap((estimate) => [points(estimate.value), interval(estimate.interval, points), withinMargin(estimate)]);
    return [[arms[name].title, arms[against].title, String(samples.length), ...cells]];
  });
  const heads = ['equal steps', '95% interval', 'no worse by 2', 'equal calls', '95% interval', 'no worse by 2'];
  return table(['arm', 'reference', 'seeds', ...heads], rows);
}

/** Non-inferiority: the whole interval is above minus the margin. */
function withinMargin({ interval: found }: Estimate): string {
  if (found === null) return '?';
  if (found.low > -protocol.accuracyMargin) return 'yes';
  return found.high < -protocol.accuracyMargin ? 'no' : 'undecided';
}

function trainings(seeds: readonly SeedResult[]): string {
  const rows = seeds.flatMap((seed) => {
    const grpo = seed.arms.grpo && curveOf(seed.arms.grpo);
    const level = grpo && grpo.at(-1)!.accuracy - protocol.endpointMargin;
    return armNames.flatMap((name) => {
      const found = seed.arms[name];
      if (!found) return [];
      const at = (step: number) => {
        const point = found.points.find((one) => one.step === step);
        return point ? point.exact_match.toFixed(3) : '';
      };
      const last = found.points.at(-1)!;
      const until = level === undefined ? null : callsUntil(curveOf(found), level);
      return [
        [
          String(seed.seed),
          arms[name].title,
          ...[0, 10, 20, 30, 40, 50, 60].map(at),
          last.tool_calls.toLocaleString('en'),
          last.sampled_tokens.toLocaleString('en'),
          until === null ? '' : calls(until),
          until === null || !grpo ? '' : factor(until / callsUntil(grpo, level!)),
        ],
      ];
    });
  });
  const steps = ['step 0', '10', '20', '30', '40', '50', '60'];
  return table(['seed', 'arm', ...steps, 'calls in all', 'sampled tokens', 'calls to level', 'ratio'], rows);
}

function provenance({ machine, seeds }: TaskResults): string {
  const found = seeds.flatMap(({ cold_start: start, arms: own }) => [start, ...Object.values(own)]);
  const commits = [...new Set(found.map(({ commit }) => commit))].join(', ');
  const hours = found.reduce((sum, { seconds }) => sum + seconds.training + seconds.evaluation, 0) / 3600;
  const { cpu, cores, memory_gib, system } = machine;
  return `${cpu}, ${cores} cores, ${memory_gib} GiB, ${system}; commit ${commits}; ${hours.toFixed(1)} hours of training and evaluation.`;
}

function calls(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en') : 'not reached';
}

function factor(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '∞';
}

/** A difference of shares in points. */
function points(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
}

function interval(found: Interval | null, shown: (value: number) => string): string {
  return found === null ? 'one seed' : `${shown(found.low)} to ${shown(found.high)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '(No seed has two arms to compare yet.)';
  return written.markdownTable(heads, rows);
}
