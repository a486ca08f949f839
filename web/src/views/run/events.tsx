/** The log of a run, the newest first. */
import { useState } from 'react';
import { useOlderEvents, type RunEvent } from '../../api/runs.ts';
import { fullTime, timeOfDay } from '../../format/figures.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/empty.tsx';
import { safeText } from '../../ui/safe-text.ts';

/** What happens in every step. */
const usual = ['run.phase', 'run.step'];

const columns: readonly Column<RunEvent>[] = [
  {
    name: 'time',
    head: 'Time',
    className: 'mono small muted',
    cell: ({ created_at: at }) => <span title={fullTime(at)}>{timeOfDay(at)}</span>,
  },
  { name: 'type', head: 'Type', isExtra: true, className: 'mono small', cell: ({ type }) => type },
  { name: 'message', head: 'Message', className: 'breaks', cell: ({ message }) => safeText(message) },
];

/** @param props.events those that were read with the run, and those that came since */
export function Events({ id, events }: { id: string; events: readonly RunEvent[] }) {
  const [isWhole, setWhole] = useState(false);
  const [before] = useState(events.at(-1)?.sequence ?? 0);
  const older = useOlderEvents(id, before);
  const all = [...events, ...(older.items ?? [])];
  const shown = isWhole ? all : all.filter(({ type, level }) => level !== 'info' || !usual.includes(type));
  return (
    <>
      <label className="check">
        <input type="checkbox" checked={isWhole} onChange={(event) => setWhole(event.target.checked)} /> Also every
        phase and step
      </label>
      {shown.length === 0 ? (
        <Empty title={all.length === 0 ? 'No events' : 'Nothing but phases and steps'} />
      ) : (
        <DataTable
          columns={columns}
          items={shown}
          keyOf={(event) => event.id}
          rowClass={({ level }) => `event-${level}`}
          onEnd={older.readMore}
          read={all.length}
        />
      )}
    </>
  );
}
