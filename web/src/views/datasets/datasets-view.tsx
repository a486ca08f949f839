/** All datasets of the project. */
import { Link } from 'wouter';
import { useDatasets, type Dataset } from '../../api/datasets.ts';
import { bytes, count } from '../../format/figures.ts';
import type { Column } from '../../ui/data-table.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';

const columns: readonly Column<Dataset>[] = [
  {
    name: 'dataset',
    head: 'Dataset',
    className: 'two-lines',
    cell: ({ id, name }) => (
      <>
        <Link href={`/datasets/${id}`} className="row-link">
          {safeText(name)}
        </Link>
        <span className="small faint mono">{id}</span>
      </>
    ),
  },
  { name: 'kind', head: 'Kind', cell: ({ kind }) => kind },
  { name: 'state', head: 'State', isExtra: true, cell: ({ status }) => <Status value={status} /> },
  {
    name: 'rows',
    head: 'Rows',
    isNumber: true,
    cell: (one) => (one.num_examples === null ? '–' : count(one.num_examples)),
  },
  {
    name: 'rejected',
    head: 'Rejected',
    isNumber: true,
    cell: ({ num_rejected: rejected }) =>
      rejected === null || rejected === 0 ? (rejected ?? '–') : <span className="bad">{count(rejected)}</span>,
  },
  { name: 'size', head: 'Size', isNumber: true, isExtra: true, cell: (one) => bytes(one.size_bytes) },
  { name: 'posted', head: 'Uploaded', isNumber: true, isExtra: true, cell: (one) => <Time at={one.created_at} /> },
];

export function DatasetsView() {
  const list = useDatasets();
  return (
    <>
      <PageHead title="Datasets" />
      <ListView
        what="the datasets"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        rowHeight={62}
        empty={[
          'No datasets yet',
          <>
            <code>POST /v1/datasets</code> takes JSON Lines: questions, demonstrations, preferences or texts to search.
          </>,
        ]}
      />
    </>
  );
}
