/** What the API answers about the metrics of a run. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { longSequenceFields, pageOf } from '../../http/answer/page.js';
import { listOf, stepFilter } from '../../http/request/query.schema.js';
import type { RunStep } from '../../store/entities/run-step.entity.js';

export const MetricsRow = z
  .object({
    object: z.literal('run.metrics'),
    created_at: Seconds,
    step: z.int().describe('From 1; the cursor of this list.'),
    attempt: z.int(),
    metrics: z
      .record(z.string(), z.number())
      .describe(
        'By name, `group/name`. `tools/calls_linear_equivalent` counts calls along every trajectory: what these would have cost without sharing, ' +
          'not what a run with grpo costs.',
      ),
  })
  .meta({ id: 'RunMetrics' });
export type MetricsRow = z.infer<typeof MetricsRow>;

export const MetricsList = pageOf(MetricsRow, 'RunMetricsList');

export const MetricsQuery = z.strictObject({
  ...longSequenceFields,
  names: listOf(z.string().max(200)).describe(
    'Only these metrics; several separated by commas. A name that ends in / stands for its group. Refused where a run has ended and has none of them.',
  ),
  min_step: stepFilter,
  max_step: stepFilter,
});
export type MetricsQuery = z.infer<typeof MetricsQuery>;

/** Whether a metric is among those that were asked for. */
export function isNamed(metric: string, names: readonly string[] | undefined): boolean {
  return names === undefined || names.some((one) => metric === one || (one.endsWith('/') && metric.startsWith(one)));
}

export function metricsRow(
  { step, attempt, createdAt, metrics }: RunStep,
  names: readonly string[] | undefined,
): MetricsRow {
  return {
    object: 'run.metrics',
    created_at: seconds(createdAt),
    step,
    attempt,
    metrics: Object.fromEntries(Object.entries(metrics).filter(([name]) => isNamed(name, names))),
  };
}
