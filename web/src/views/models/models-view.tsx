/** All models of the project. Checkpoints are with the runs that wrote them. */
import { Link } from 'wouter';
import { useModels, type Model } from '../../api/models.ts';
import { bytes, compact, count, percent } from '../../format/figures.ts';
import type { Column } from '../../ui/data-table.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { sourceOf } from './source.ts';

const columns: readonly Column<Model>[] = [
  {
    name: 'model',
    head: 'Model',
    className: 'two-lines',
    cell: ({ id, name }) => (
      <>
        <Link href={`/models/${id}`} className="row-link">
          {safeText(name === id ? 'Unnamed' : name)}
        </Link>
        <span className="small faint mono">{id}</span>
      </>
    ),
  },
  {
    name: 'state',
    head: 'State',
    cell: ({ status, progress }) => (
      <>
        <Status value={status} />
        {progress?.total_bytes ? (
          <span className="small muted"> {percent(progress.bytes / progress.total_bytes)}</span>
        ) : null}
      </>
    ),
  },
  { name: 'source', head: 'From', isExtra: true, className: 'cut', cell: ({ source }) => safeText(sourceOf(source)) },
  { name: 'family', head: 'Family', isExtra: true, cell: ({ architecture }) => architecture?.family ?? '–' },
  {
    name: 'parameters',
    head: 'Parameters',
    isNumber: true,
    cell: (one) => (one.parameters === null ? '–' : compact(one.parameters)),
  },
  {
    name: 'context',
    head: 'Context',
    isNumber: true,
    isExtra: true,
    cell: (one) => (one.context_length === null ? '–' : count(one.context_length)),
  },
  {
    name: 'size',
    head: 'Size',
    isNumber: true,
    isExtra: true,
    cell: (one) => (one.size_bytes === null ? '–' : bytes(one.size_bytes)),
  },
  { name: 'posted', head: 'Posted', isNumber: true, isExtra: true, cell: (one) => <Time at={one.created_at} /> },
];

export function ModelsView() {
  const list = useModels();
  return (
    <>
      <PageHead title="Models" />
      <ListView
        what="the models"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        rowHeight={62}
        empty={[
          'No models yet',
          <>
            <code>POST /v1/models</code> takes one from the Hugging Face Hub, from your machine, or makes a small new
            one.
          </>,
        ]}
      />
    </>
  );
}
