/** All evaluations of the project, of which two can be chosen to be compared. */
import { useState } from 'react';
import { Link } from 'wouter';
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

/** Chooses what is compared. */
function choosing(chosen: readonly string[], onChoose: (id: string) => void): Column<Evaluation> {
  return {
    name: 'chosen',
    head: { hidden: 'Compare' },
    className: 'choose',
    cell: (evaluation) => (
      <input
        type="checkbox"
        aria-label={`Compare ${evaluation.id}`}
        checked={chosen.includes(evaluation.id)}
        disabled={!isOver(evaluation)}
        onChange={() => onChoose(evaluation.id)}
      />
    ),
  };
}

export function EvaluationsView() {
  const list = useEvaluations();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [a, b] = chosen;
  // Of more than two the first chosen makes room.
  const choose = (id: string) =>
    setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-2));
  return (
    <>
      <PageHead
        title="Evaluations"
        actions={
          b === undefined ? (
            <span className="small muted">Choose two to compare them</span>
          ) : (
            <Link href={`/evaluations/${a}/against/${b}`} className="button button-primary">
              Compare
            </Link>
          )
        }
      />
      <ListView
        what="the evaluations"
        list={list}
        columns={[choosing(chosen, choose), ...columns]}
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
