/** The body of a long table: only the rows in sight, and a few around them, are there. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';

export interface VirtualRowsProps<T> {
  readonly items: readonly T[];
  readonly rowHeight: number;
  readonly columns: number;
  /** A `<tr>` of the height, with a key. */
  readonly row: (item: T, index: number) => ReactNode;
  /** Called when the end comes into sight. */
  readonly onEnd?: (() => void) | undefined;
  /** How much has been read, of which the items may be a part. */
  readonly read: number;
}

export function VirtualRows<T>({ items, rowHeight, columns, row, onEnd, read }: VirtualRowsProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const top = body.current?.getBoundingClientRect().top ?? 0;
    setOffset(top + scrollY);
  }, []);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: offset,
  });
  const rows = virtual.getVirtualItems();
  const [first, last] = [rows[0], rows.at(-1)];
  const isAtEnd = items.length > 0 && last?.index === items.length - 1;
  useEffect(() => {
    if (isAtEnd) onEnd?.();
    // Asked again when there are more, not when the caller made another function.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isAtEnd, items.length, read]);
  return (
    <tbody ref={body}>
      <Gap height={(first?.start ?? offset) - offset} columns={columns} />
      {rows.map(({ index }) => {
        const item = items[index];
        return item === undefined ? null : row(item, index);
      })}
      <Gap height={virtual.getTotalSize() - ((last?.end ?? offset) - offset)} columns={columns} />
    </tbody>
  );
}

function Gap({ height, columns }: { height: number; columns: number }) {
  return height <= 0 ? null : (
    <tr aria-hidden="true" className="gap">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
