/** Files with their size and what they hash to. */
import type { ReactNode } from 'react';
import type { Model } from '../../api/models.ts';
import { bytes } from '../../format/figures.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { safeText } from '../../ui/safe-text.ts';

type File = Model['files'][number];

const columns: readonly Column<File>[] = [
  { name: 'name', head: 'File', className: 'mono', cell: ({ name }) => safeText(name) },
  { name: 'size', head: 'Size', isNumber: true, cell: (file) => bytes(file.size_bytes) },
  { name: 'sha256', head: 'sha256', isExtra: true, className: 'mono small muted cut', cell: ({ sha256 }) => sha256 },
];

/** @param props.action what can be done with a file */
export function Files({ files, action }: { files: readonly File[]; action?: (file: File) => ReactNode }) {
  const last: Column<File>[] = action
    ? [{ name: 'action', head: { hidden: 'Take it home' }, isNumber: true, cell: action }]
    : [];
  return (
    <section className="section">
      <h2>Files</h2>
      <DataTable
        columns={[...columns, ...last]}
        items={files}
        keyOf={({ name }) => name}
        rowHeight={action ? 47 : 37}
      />
    </section>
  );
}
