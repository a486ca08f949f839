/** The API keys of the project: who has one, since when, until when. */
import { useRevokeKey, useKeys, type Key } from '../../api/keys.ts';
import { fullTime } from '../../format/figures.ts';
import { Confirm } from '../../ui/confirm.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { ListView } from '../../ui/list-view.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { safeText } from '../../ui/safe-text.ts';
import { Time } from '../../ui/time.tsx';
import { CreateKey } from './create-key.tsx';

export function KeysView() {
  const list = useKeys();
  const { mutate: revoke, error } = useRevokeKey();
  const columns: Column<Key>[] = [
    { name: 'name', head: 'Key', className: 'cut', cell: ({ name }) => <b>{safeText(name)}</b> },
    { name: 'prefix', head: 'Begins with', className: 'mono small', cell: ({ prefix }) => prefix },
    { name: 'used', head: 'Last used', isExtra: true, cell: (key) => <Time at={key.last_used_at} /> },
    {
      name: 'expires',
      head: 'Expires',
      isExtra: true,
      cell: ({ expires_at: at }) => (at === null ? <span className="faint">never</span> : fullTime(at)),
    },
    { name: 'created', head: 'Made', isExtra: true, cell: (key) => <Time at={key.created_at} /> },
    {
      name: 'revoke',
      head: { hidden: 'Revoke' },
      isNumber: true,
      cell: ({ id, name }) => (
        <Confirm label="Revoke" kind="danger" title={`Revoke the key ${safeText(name)}?`} onConfirm={() => revoke(id)}>
          Whoever uses it is refused from now on. This cannot be undone. If it is the key of this tab, you are signed
          out.
        </Confirm>
      ),
    },
  ];
  return (
    <>
      <PageHead title="Keys" actions={<CreateKey />} />
      {error && <ErrorBox error={error} />}
      <ListView
        what="the keys"
        list={list}
        columns={columns}
        keyOf={({ id }) => id}
        rowHeight={49}
        empty={['No keys', 'This cannot be: one is in use.']}
      />
    </>
  );
}
