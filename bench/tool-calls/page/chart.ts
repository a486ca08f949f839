/** The plot of a task: exact match over training tool calls, for each arm the mean of the seeds that have all arms. */
import { armNames, arms } from '../arms.js';
import { protocol } from '../protocol.js';
import type { TaskResults } from '../results.js';
import { meanCurve } from '../statistics/curve.js';
import { curvesOf, isWhole } from './curves.js';
import { lineChart } from './line-chart.js';

/** While no seed has all arms, those of the first seed. */
export function chartOf(results: TaskResults): string {
  const whole = results.seeds.filter(isWhole);
  const seeds = whole.length > 0 ? whole : results.seeds.slice(0, 1);
  const curves = armNames.flatMap((name) => {
    const own = curvesOf({ seeds }, [name]).flat();
    return own.length === 0 ? [] : [{ name, curve: meanCurve(own) }];
  });
  const grpo = curves.find(({ name }) => name === 'grpo')?.curve.at(-1);
  const count = seeds.length === 1 ? 'one seed' : `mean of ${seeds.length} seeds`;
  return lineChart({
    title: `Right answers to held-out questions, ${results.task} task (${count})`,
    x: 'tool calls made by training',
    y: 'exact match, sampled',
    lines: curves.map(({ name, curve }) => ({
      name: arms[name].title,
      points: curve.map(({ calls, accuracy }) => ({ x: calls, y: accuracy })),
    })),
    ...(grpo && { level: { name: 'endpoint', y: grpo.accuracy - protocol.endpointMargin } }),
  });
}
