/** A dataset: its rows, and those that were rejected. */
import { useState } from 'react';
import { useDataset, useExamples, type Dataset, type DatasetExample } from '../../api/datasets.ts';
import { bytes, count, fullTime } from '../../format/figures.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Stat } from '../../ui/stat.tsx';
import { Status } from '../../ui/status.tsx';
import { Row } from './row.tsx';

const rejectedColumns: readonly Column<Dataset['rejected_rows'][number]>[] = [
  { name: 'line', head: 'Line', isNumber: true, cell: ({ line }) => count(line) },
  { name: 'reason', head: 'Why', className: 'breaks', cell: ({ reason }) => safeText(reason) },
];

export function DatasetView({ id }: { id: string }) {
  const { data: dataset, error } = useDataset(id);
  const examples = useExamples(id, dataset?.status === 'processing');
  const [open, setOpen] = useState<DatasetExample | null>(null);
  if (error) return <ErrorBox error={error} />;
  if (!dataset) return <Loading what="the dataset" />;
  return (
    <>
      <PageHead
        title={safeText(dataset.name)}
        trail={[['Datasets', '/datasets']]}
        beside={
          <>
            <Status value={dataset.status} />
            <span className="small faint mono">{id}</span>
          </>
        }
      />
      {dataset.error && (
        <Notice level="error">
          <b>{dataset.error.code}</b> {dataset.error.message}
        </Notice>
      )}
      {dataset.waiting_for && <Notice level="warn">{safeText(dataset.waiting_for)}</Notice>}
      <dl className="stats">
        <Stat label="Kind" value={dataset.kind} note={dataset.format} />
        <Stat label="Rows" value={dataset.num_examples === null ? '…' : count(dataset.num_examples)} />
        <Stat label="Rejected" value={dataset.num_rejected === null ? '…' : count(dataset.num_rejected)} />
        <Stat label="Size" value={bytes(dataset.size_bytes)} note={`uploaded ${fullTime(dataset.created_at)}`} />
      </dl>
      {dataset.rejected_rows.length > 0 && (
        <section className="section">
          <h2>Rejected rows</h2>
          <DataTable columns={rejectedColumns} items={dataset.rejected_rows} keyOf={({ line }) => line} />
        </section>
      )}
      <section className="section">
        <h2>Rows</h2>
        <ListView
          what="the rows"
          list={examples}
          columns={columnsOf(dataset.kind, setOpen)}
          keyOf={({ index }) => index}
          empty={['No rows', dataset.status === 'processing' ? 'They are still being read.' : 'None was accepted.']}
        />
      </section>
      {open && <Row example={open} onClose={() => setOpen(null)} />}
    </>
  );
}

const references: Column<DatasetExample> = {
  name: 'references',
  head: 'Answer',
  isExtra: true,
  className: 'cut',
  cell: ({ data }) => safeText(Array.isArray(data['references']) ? data['references'].join(' or ').slice(0, 120) : ''),
};

function columnsOf(kind: Dataset['kind'], open: (example: DatasetExample) => void): Column<DatasetExample>[] {
  return [
    { name: 'index', head: 'Row', cell: ({ index }) => count(index) },
    {
      name: 'glance',
      head: 'Begins with',
      className: 'cut cut-wide',
      cell: (example) => (
        <button type="button" className="link" onClick={() => open(example)}>
          {safeText(glance(example.data))}
        </button>
      ),
    },
    ...(kind === 'rl' ? [references] : []),
    { name: 'line', head: 'Line', isNumber: true, isExtra: true, cell: ({ line }) => count(line) },
  ];
}

/** What one recognises a row by, whatever its kind. */
function glance(data: Readonly<Record<string, unknown>>): string {
  const { question, title, text, messages, prompt } = data;
  const first = Array.isArray(messages) ? (messages[0] as { content?: unknown } | undefined)?.content : undefined;
  const found = [question, title, first, prompt, text].find((one): one is string => typeof one === 'string');
  return (found ?? JSON.stringify(data)).slice(0, 200);
}
