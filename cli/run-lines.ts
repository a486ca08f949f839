/** A run in words. Pure. */
import type { Run } from '../openapi/client.js';
import { clock, count, percent } from './terminal/figures.js';

export function runLines(run: Run): string[] {
  const { progress, usage, latest_metrics: latest, error, best_checkpoint: best, ended_early: early } = run;
  const shared = usage.tool_calls_linear_equivalent - usage.tool_calls;
  const rows: (readonly [string, string] | null)[] = [
    ['status', `${run.status}${run.queue_position === null ? '' : `, ${run.queue_position}. in the queue`}`],
    error && ['error', `${error.code}: ${error.message}`],
    early && ['ended', early.message],
    ['method', run.method],
    ['model', run.model],
    ['dataset', run.dataset],
    ['step', `${count(progress.step)} of ${progress.steps === null ? '…' : count(progress.steps)}`],
    latest['reward/mean'] === undefined ? null : ['reward', latest['reward/mean'].toFixed(3)],
    latest['policy/loss'] === undefined ? null : ['loss', latest['policy/loss'].toFixed(4)],
    ['time', clock(usage.wall_time_s)],
    usage.sampled_tokens > 0 ? ['sampled', `${count(usage.sampled_tokens)} tokens`] : null,
    ['trained', `${count(usage.trained_tokens)} tokens, ${count(usage.unique_tokens)} computed`],
    usage.tool_calls > 0
      ? [
          'tool calls',
          shared > 0
            ? `${count(usage.tool_calls)}, ${percent(shared / usage.tool_calls_linear_equivalent)} fewer than without sharing`
            : count(usage.tool_calls),
        ]
      : null,
    ['checkpoints', count(run.checkpoints_count)],
    best && ['best', `${best.id} after step ${count(best.step)}, ${best.metric} ${best.value.toFixed(3)}`],
  ];
  return [
    `${run.id}  ${run.name ?? ''}`.trimEnd(),
    ...rows.flatMap((row) => (row ? [`  ${row[0].padEnd(12)}${row[1]}`] : [])),
    ...run.warnings.map((warning) => `  warning: ${warning}`),
  ];
}
