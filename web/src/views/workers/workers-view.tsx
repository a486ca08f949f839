/** The workers of the service, and what they do for this project. */
import { useWorkers, type Worker } from '../../api/workers.ts';
import { bytes } from '../../format/figures.ts';
import type { Column } from '../../ui/data-table.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Reference } from '../../ui/reference.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';

const columns: readonly Column<Worker>[] = [
  { name: 'worker', head: 'Worker', className: 'cut', cell: ({ id, name }) => <b title={id}>{safeText(name)}</b> },
  { name: 'state', head: 'State', cell: ({ online }) => <Status value={online ? 'online' : 'offline'} /> },
  {
    name: 'work',
    head: 'Does',
    cell: ({ current_jobs: jobs, busy }) =>
      jobs.length === 0 ? (
        <span className="muted">{busy ? 'work of another project' : 'nothing'}</span>
      ) : (
        jobs.map(({ kind, subject_id: id }) => (
          <span key={id} className="job">
            <span className="muted">{kind}</span> <Reference id={id} />
          </span>
        ))
      ),
  },
  { name: 'accelerator', head: 'Accelerator', isExtra: true, cell: ({ accelerator }) => accelerator },
  { name: 'device', head: 'Device', isExtra: true, cell: ({ device }) => safeText(deviceOf(device)) },
  {
    name: 'memory',
    head: 'Memory',
    isNumber: true,
    isExtra: true,
    cell: (one) => (one.memory_bytes === null ? '–' : bytes(one.memory_bytes)),
  },
  {
    name: 'versions',
    head: 'Versions',
    isExtra: true,
    className: 'small muted',
    cell: ({ versions }) =>
      Object.entries(versions)
        .map((pair) => pair.join(' '))
        .join(', '),
  },
  {
    name: 'heard',
    head: 'Heard from',
    isNumber: true,
    isExtra: true,
    cell: (one) => <Time at={one.last_heartbeat_at} />,
  },
];

/** Open: what is known of a machine depends on the worker. */
function deviceOf(device: Readonly<Record<string, unknown>>): string {
  const { cores } = device;
  const names = [device['gpu'] ?? device['name'], device['cpu']].filter((one) => typeof one === 'string');
  return [...names, ...(typeof cores === 'number' ? [`${cores} cores`] : [])].join(', ');
}

export function WorkersView() {
  const list = useWorkers();
  return (
    <>
      <PageHead title="Workers" />
      <ListView
        what="the workers"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        rowHeight={44}
        empty={['No worker has ever been here', 'Runs wait until one is started.']}
      />
    </>
  );
}
