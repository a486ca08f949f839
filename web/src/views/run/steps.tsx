/** The steps of a run as a table: what the curves show, and a way to each step for the keyboard. */
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { MetricsRow, Run } from '../../api/runs.ts';
import { figure } from '../../format/figures.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';

const policyColumns = [
  ['reward/mean', 'Reward'],
  ['reward/std', 'Spread'],
  ['groups/zero_variance', 'Without spread'],
  ['tools/calls', 'Tool calls'],
  ['rollout/branches', 'Forks'],
  ['rollout/entropy_mean', 'Entropy'],
  ['optimizer/grad_norm', 'Gradient'],
] as const;
const supervisedColumns = [
  ['policy/loss', 'Loss'],
  ['optimizer/learning_rate', 'Learning rate'],
  ['optimizer/grad_norm', 'Gradient'],
] as const;

export function Steps({ run, rows }: { run: Run; rows: readonly MetricsRow[] }) {
  const isPolicy = 'reward' in run.spec;
  const columns = useMemo<Column<MetricsRow>[]>(
    () => [
      {
        name: 'step',
        head: 'Step',
        cell: ({ step }) =>
          isPolicy ? <Link href={`/runs/${run.id}/steps/${step}`}>Step {step}</Link> : `Step ${step}`,
      },
      ...(isPolicy ? policyColumns : supervisedColumns).map(([name, head], i): Column<MetricsRow> => ({
        name,
        head,
        isNumber: true,
        isExtra: i > 2,
        cell: ({ metrics }) => figure(metrics[name]),
      })),
    ],
    [isPolicy, run.id],
  );
  if (rows.length === 0) return <Empty title="No step has ended yet" />;
  return <DataTable columns={columns} items={rows.toReversed()} keyOf={({ step }) => step} />;
}
