/** Makes a key and shows it, once. */
import { Dialog } from '@base-ui/react/dialog';
import { useState, type SubmitEvent } from 'react';
import { useCreateKey } from '../../api/keys.ts';
import { Button } from '../../ui/button.tsx';
import { Copy } from '../../ui/copy.tsx';
import { ErrorBox } from '../../ui/error-box.tsx';
import { Notice } from '../../ui/notice.tsx';

const DAY_S = 86_400;
/** Days after which it expires; 0: never. */
const lifetimes = { Never: 0, 'In a week': 7, 'In 30 days': 30, 'In a year': 365 } as const;

export function CreateKey() {
  const { mutate, data, error, isPending, reset } = useCreateKey();
  const [name, setName] = useState('');
  const [days, setDays] = useState(0);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const expires_at = days === 0 ? null : Math.floor(Date.now() / 1000) + days * DAY_S;
    mutate({ name, expires_at });
  };
  const begin = (isOpen: boolean) => {
    if (!isOpen) return;
    reset();
    setName('');
  };
  return (
    <Dialog.Root onOpenChange={begin}>
      <Dialog.Trigger render={<Button kind="primary" />}>New key</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">New key</Dialog.Title>
          {data ? (
            <>
              <Notice level="warn">This is the only time that it is shown: it is not stored.</Notice>
              <p className="mono key-text">{data.key}</p>
              <div className="dialog-buttons">
                <Copy text={data.key ?? ''} label="Copy key" />
                <Dialog.Close render={<Button kind="primary" />}>Done</Dialog.Close>
              </div>
            </>
          ) : (
            <form className="form" onSubmit={submit}>
              {error && <ErrorBox error={error} />}
              <label className="field">
                <span className="field-label">Name</span>
                <input
                  className="input"
                  required
                  maxLength={200}
                  placeholder="who or what will use it"
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              </label>
              <label className="field">
                <span className="field-label">Expires</span>
                <select className="select" value={days} onChange={(event) => setDays(Number(event.target.value))}>
                  {Object.entries(lifetimes).map(([text, value]) => (
                    <option key={value} value={value}>
                      {text}
                    </option>
                  ))}
                </select>
              </label>
              <div className="dialog-buttons">
                <Dialog.Close render={<Button />}>Leave it</Dialog.Close>
                <Button kind="primary" type="submit" disabled={isPending || name.trim() === ''}>
                  Make key
                </Button>
              </div>
            </form>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
