/** The checkpoints of a run. */
import { Link } from 'wouter';
import { useCheckpoints } from '../../api/checkpoints.ts';
import type { Checkpoint } from '../../api/models.ts';
import type { Run } from '../../api/runs.ts';
import { bytes, figure, fullTime } from '../../format/figures.ts';
import { Copy } from '../../ui/copy.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Loading } from '../../ui/loading.tsx';

const columnsOf = (best: Run['best_checkpoint']): readonly Column<Checkpoint>[] => [
  {
    name: 'step',
    head: 'Checkpoint',
    cell: ({ id, step, final }) => (
      <>
        <Link href={`/checkpoints/${id}`} className="row-link">
          Step {step}
        </Link>{' '}
        {id === best?.id && <span className="tag">best</span>} {final && <span className="tag">last</span>}
      </>
    ),
  },
  { name: 'id', head: 'Id', isExtra: true, className: 'mono small', cell: ({ id }) => id },
  {
    name: 'reward',
    head: 'Reward',
    isNumber: true,
    isExtra: true,
    cell: ({ metrics }) => figure(metrics['reward/mean']),
  },
  {
    name: 'kind',
    head: 'Holds',
    isExtra: true,
    cell: ({ kind }) => (kind === 'training' ? 'weights and optimiser' : 'weights'),
  },
  { name: 'size', head: 'Size', isNumber: true, cell: (one) => bytes(one.size_bytes) },
  { name: 'written', head: 'Written', isExtra: true, cell: (one) => fullTime(one.created_at) },
  {
    name: 'take',
    head: { hidden: 'Take it home' },
    isNumber: true,
    cell: ({ id }) => <Copy label="Copy curl" text={archiveCommand(id)} />,
  },
];

export function archiveCommand(id: string): string {
  return `curl -s ${location.origin}/v1/checkpoints/${id}/archive -H "Authorization: Bearer $BOUGH_API_KEY" | tar -xf -`;
}

export function Checkpoints({ run }: { run: Run }) {
  const { data, error } = useCheckpoints(run.id);
  if (error) return <ErrorBox error={error} />;
  if (!data) return <Loading what="the checkpoints" />;
  if (data.length === 0) {
    return <Empty title="No checkpoint yet">The spec says after how many steps one is written.</Empty>;
  }
  return <DataTable columns={columnsOf(run.best_checkpoint)} items={data} keyOf={({ id }) => id} rowHeight={47} />;
}
