/** A table of any length: what is in its columns is said once, for head and rows. */
import type { ReactNode } from 'react';
import { VirtualRows } from './virtual-rows.tsx';

export interface Column<T> {
  readonly name: string;
  /** `hidden`: said only to screen readers. */
  readonly head: string | { readonly hidden: string };
  readonly cell: (item: T) => ReactNode;
  /** Aligned as numbers are. */
  readonly isNumber?: boolean;
  /** Left out where there is little room. */
  readonly isExtra?: boolean;
  readonly className?: string;
}

export interface DataTableProps<T> {
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string | number;
  readonly rowHeight?: number;
  readonly rowClass?: (item: T) => string;
  /** Called when the end comes into sight. */
  readonly onEnd?: () => void;
  /** How much has been read, where not all of it is shown: whether the end is still in sight is looked at again when it grows. */
  readonly read?: number;
  /** Within a card, which has a frame already. */
  readonly isFlush?: boolean;
}

const ROW_HEIGHT = 37;

export function DataTable<T>(props: DataTableProps<T>) {
  const {
    columns,
    items,
    keyOf,
    rowHeight = ROW_HEIGHT,
    rowClass,
    onEnd,
    read = items.length,
    isFlush = false,
  } = props;
  return (
    <div className={isFlush ? 'table-scroll' : 'table-frame'}>
      <table className={isFlush ? 'table table-flush' : 'table'}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={classOf(column)}>
                {typeof column.head === 'string' ? column.head : <span className="hidden">{column.head.hidden}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <VirtualRows
          items={items}
          rowHeight={rowHeight}
          columns={columns.length}
          onEnd={onEnd}
          read={read}
          row={(item) => (
            <tr key={keyOf(item)} className={rowClass?.(item)} style={{ height: rowHeight }}>
              {columns.map((column) => (
                <td key={column.name} className={classOf(column)}>
                  {column.cell(item)}
                </td>
              ))}
            </tr>
          )}
        />
      </table>
    </div>
  );
}

function classOf<T>({ isNumber = false, isExtra = false, className = '' }: Column<T>): string {
  return [isNumber && 'number', isExtra && 'wide-only', className].filter(Boolean).join(' ');
}
