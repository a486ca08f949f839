/** A list of the API as a view: what is read, what went wrong, and what stands there while there is nothing. */
import type { ReactNode } from 'react';
import type { List } from '../api/pages.ts';
import { DataTable, type DataTableProps } from './data-table.tsx';
import { Empty } from './empty.tsx';
import { ErrorBox } from './error-box.tsx';
import { Loading } from './loading.tsx';

export interface ListViewProps<T> extends Omit<DataTableProps<T>, 'items' | 'onEnd'> {
  readonly list: List<T>;
  /** Which of those that were read are shown; all where it is not given. */
  readonly shown?: (item: T) => boolean;
  readonly what: string;
  /** Title and text for an empty list. */
  readonly empty: readonly [title: string, text: ReactNode];
}

export function ListView<T>({ list, shown, what, empty: [title, text], ...table }: ListViewProps<T>) {
  const items = shown ? list.items?.filter(shown) : list.items;
  return (
    <>
      {list.error && <ErrorBox error={list.error} onRetry={list.readAgain} />}
      {!items && !list.error && <Loading what={what} />}
      {items?.length === 0 && <Empty title={title}>{text}</Empty>}
      {items && items.length > 0 && (
        <DataTable {...table} items={items} onEnd={list.readMore} read={list.items?.length ?? 0} />
      )}
    </>
  );
}
