/** All runs of the project. */
import { useState } from 'react';
import { Link } from 'wouter';
import { useRuns, type Run, type RunStatus } from '../../api/runs.ts';
import { compact, duration } from '../../format/figures.ts';
import type { Column } from '../../ui/data-table.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { Toggles } from '../../ui/toggles.tsx';
import { Outcome } from './outcome.tsx';
import { StepsDone } from './steps-done.tsx';

/** What a user looks for, and the states that are meant by it. */
const choices: Readonly<Record<string, readonly RunStatus[]>> = {
  All: [],
  Active: ['queued', 'preparing', 'running', 'recovering', 'pausing', 'cancelling'],
  Paused: ['paused'],
  Succeeded: ['succeeded'],
  Failed: ['failed', 'cancelled'],
};

const columns: readonly Column<Run>[] = [
  {
    name: 'run',
    head: 'Run',
    className: 'two-lines',
    cell: ({ id, name }) => (
      <>
        <Link href={`/runs/${id}`} className="row-link">
          {safeText(name ?? 'Unnamed')}
        </Link>
        <span className="small faint mono">{id}</span>
      </>
    ),
  },
  { name: 'state', head: 'State', cell: ({ status }) => <Status value={status} /> },
  { name: 'method', head: 'Method', isExtra: true, cell: ({ method }) => method },
  { name: 'progress', head: 'Progress', className: 'run-progress', cell: (run) => <StepsDone run={run} /> },
  { name: 'outcome', head: 'Reward or loss', isExtra: true, cell: (run) => <Outcome run={run} /> },
  {
    name: 'calls',
    head: 'Tool calls',
    isNumber: true,
    isExtra: true,
    cell: ({ usage }) => (usage.tool_calls > 0 ? compact(usage.tool_calls) : '–'),
  },
  {
    name: 'time',
    head: 'Time',
    isNumber: true,
    isExtra: true,
    cell: ({ usage }) => (usage.wall_time_s > 0 ? duration(usage.wall_time_s) : '–'),
  },
  { name: 'posted', head: 'Posted', isNumber: true, isExtra: true, cell: (run) => <Time at={run.created_at} /> },
];

export function RunsView() {
  const [choice, setChoice] = useState('All');
  const [words, setWords] = useState('');
  const list = useRuns({ status: choices[choice] ?? [] });
  const wanted = words.trim().toLowerCase();
  const isAll = choice === 'All' && wanted === '';
  return (
    <>
      <PageHead
        title="Runs"
        actions={
          <Link href="/new-run" className="button button-primary">
            New run
          </Link>
        }
      />
      <div className="filters">
        <Toggles label="State" names={Object.keys(choices)} chosen={choice} onChoose={setChoice} />
        <input
          className="input filter-words"
          type="search"
          aria-label="Name, id or method"
          placeholder="Name, id or method"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </div>
      <ListView
        what="the runs"
        list={list}
        shown={({ id, name, method }) => `${name ?? ''} ${id} ${method}`.toLowerCase().includes(wanted)}
        columns={columns}
        keyOf={({ id }) => id}
        rowHeight={62}
        empty={
          isAll
            ? [
                'No runs yet',
                <>
                  <code>npm run quickstart</code> makes one that learns within minutes.
                </>,
              ]
            : ['No run matches', 'Choose other states, or clear the search.']
        }
      />
    </>
  );
}
