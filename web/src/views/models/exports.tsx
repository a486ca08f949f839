/** What was exported of a model or a checkpoint, and a way to export it. */
import { useState } from 'react';
import { useCreateExport, useExports, type Export } from '../../api/models.ts';
import { bytes } from '../../format/figures.ts';
import { Button } from '../../ui/button.tsx';
import { Copy } from '../../ui/copy.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { Status } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';

const formats = ['huggingface', 'onnx', 'peft'] as const;
const dtypes = ['float32', 'bfloat16', 'float16'] as const;

const columns: readonly Column<Export>[] = [
  { name: 'format', head: 'Format', cell: ({ format }) => format },
  { name: 'dtype', head: 'Type', cell: ({ dtype }) => dtype },
  {
    name: 'state',
    head: 'State',
    cell: ({ status, error, waiting_for: waitingFor }) => (
      <>
        <Status value={status} /> {error && <span className="small bad">{error.message}</span>}
        {waitingFor && <span className="small muted">{waitingFor}</span>}
      </>
    ),
  },
  {
    name: 'size',
    head: 'Size',
    isNumber: true,
    cell: (one) => (one.size_bytes === null ? '–' : bytes(one.size_bytes)),
  },
  { name: 'posted', head: 'Posted', isExtra: true, isNumber: true, cell: (one) => <Time at={one.created_at} /> },
  {
    name: 'take',
    head: { hidden: 'Take it home' },
    isNumber: true,
    cell: ({ id, status }) =>
      status === 'ready' && (
        <Copy
          label="Copy curl"
          text={`curl -s ${location.origin}/v1/exports/${id}/archive -H "Authorization: Bearer $BOUGH_API_KEY" | tar -xf -`}
        />
      ),
  },
];

export function Exports({ model }: { model: string }) {
  const list = useExports(model);
  const create = useCreateExport(model);
  const [format, setFormat] = useState<(typeof formats)[number]>('huggingface');
  const [dtype, setDtype] = useState<(typeof dtypes)[number]>('float32');
  return (
    <section className="section">
      <div className="filters">
        <h2>Exports</h2>
        <Select label="Format" options={formats} value={format} onChange={setFormat} />
        <Select label="Type" options={dtypes} value={dtype} onChange={setDtype} />
        <Button disabled={create.isPending} onClick={() => create.mutate({ format, dtype })}>
          Export
        </Button>
      </div>
      {create.error && <ErrorBox error={create.error} />}
      <ListView
        what="the exports"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        rowHeight={47}
        empty={['Nothing exported yet', 'An export has the form and the type that another program wants.']}
      />
    </section>
  );
}

interface SelectProps<T extends string> {
  readonly label: string;
  readonly options: readonly T[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

function Select<T extends string>({ label, options, value, onChange }: SelectProps<T>) {
  return (
    <label className="inline-field">
      {label}
      <select className="select" value={value} onChange={(event) => onChange(event.target.value as T)}>
        {options.map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
}
