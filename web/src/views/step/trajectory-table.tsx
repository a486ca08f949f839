/** The trajectories of a bin. */
import { Link } from 'wouter';
import type { TrajectorySummary } from '../../api/rollouts.ts';
import { figure } from '../../format/figures.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { rangeOf } from './histogram.tsx';
import type { Bin } from './reward-bins.ts';

const columns: readonly Column<TrajectorySummary>[] = [
  {
    name: 'id',
    head: 'Trajectory',
    className: 'mono small',
    cell: ({ id, tree_id: tree }) => <Link href={`/trees/${tree}/${id}`}>…{id.slice(-8)}</Link>,
  },
  { name: 'answer', head: 'Answer', className: 'cut', cell: ({ answer }) => safeText(answer?.slice(0, 200) ?? '–') },
  { name: 'reward', head: 'Reward', isNumber: true, cell: ({ reward }) => figure(reward) },
  { name: 'advantage', head: 'Advantage', isNumber: true, isExtra: true, cell: ({ advantage }) => figure(advantage) },
  { name: 'tokens', head: 'Tokens', isNumber: true, isExtra: true, cell: ({ num_tokens: tokens }) => tokens },
  { name: 'end', head: 'Ended by', isExtra: true, cell: ({ finish_reason: end }) => end },
];

export function TrajectoryTable({ bin, onClose }: { bin: Bin; onClose: () => void }) {
  return (
    <section className="card" aria-live="polite">
      <header className="card-head">
        <h2>
          {bin.trajectories.length} with reward {rangeOf(bin)}
        </h2>
        <Button kind="quiet" onClick={onClose}>
          Close
        </Button>
      </header>
      <DataTable columns={columns} items={bin.trajectories} keyOf={({ id }) => id} isFlush />
    </section>
  );
}
