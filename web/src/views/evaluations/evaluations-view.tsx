/** All evaluations of the project. */
import { isOver, useEvaluations, type Evaluation } from '../../api/evaluations.ts';
import { count, figure } from '../../format/figures.ts';
import type { Column } from '../../ui/data-table.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { Reference } from '../../ui/reference.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { Mean } from './mean.tsx';

const columns: readonly Column<Evaluation>[] = [
  {
    name: 'evaluation',
    head: 'Evaluation of',
    className: 'two-lines',
    cell: ({ id, model }) => (
      <>
        <Reference id={model} to={`/evaluations/${id}`} />
        <span className="small faint mono">{id}</span>
      </>
    ),
  },
  {
    name: 'dataset',
    head: 'Questions',
    isExtra: true,
    className: 'cut',
    cell: ({ dataset }) => <Reference id={dataset} />,
  },
  {
    name: 'state',
    head: 'State',
    cell: (evaluation) => (
      <>
        <Status value={evaluation.status} />
        {!isOver(evaluation) && evaluation.progress.total !== null && (
          <ProgressBar
            share={evaluation.progress.done / Math.max(1, evaluation.progress.total)}
            label={`${count(evaluation.progress.done)} answers`}
          />
        )}
      </>
    ),
  },
  {
    name: 'right',
    head: 'Right',
    isNumber: true,
    cell: ({ aggregates }) => <Mean of={aggregates?.exact_match} isShare />,
  },
  {
    name: 'reward',
    head: 'Reward',
    isNumber: true,
    isExtra: true,
    cell: ({ aggregates }) => <Mean of={aggregates?.reward} />,
  },
  {
    name: 'calls',
    head: 'Calls per answer',
    isNumber: true,
    isExtra: true,
    cell: ({ aggregates }) => figure(aggregates?.tool_calls.mean),
  },
  { name: 'posted', head: 'Posted', isNumber: true, isExtra: true, cell: (one) => <Time at={one.created_at} /> },
];

export function EvaluationsView() {
  const list = useEvaluations();
  return (
    <>
      <PageHead title="Evaluations" />
      <ListView
        what="the evaluations"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        rowHeight={62}
        empty={[
          'No evaluations yet',
          <>
            <code>POST /v1/evaluations</code> asks a model or a checkpoint the questions of a dataset.
          </>,
        ]}
      />
    </>
  );
}
