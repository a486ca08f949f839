/** Asks for an API key, and tries it before it is kept. */
import { useState, type SubmitEvent } from 'react';
import { createApi, unwrap } from '../api/api.ts';
import { Logo } from '../shell/logo.tsx';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { messageOf } from '../ui/error-box.tsx';
import { signIn, useSession } from './session.ts';

export function SignIn() {
  const { ended } = useSession();
  const [key, setKey] = useState('');
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    try {
      const text = key.trim();
      unwrap(await createApi(text).GET('/v1/runs', { params: { query: { limit: 1 } } }));
      signIn(text);
    } catch (error) {
      setTrouble(messageOf(error));
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={(event) => void submit(event)}>
        <h1 className="sign-in-title">
          <Logo /> Bough
        </h1>
        <p className="muted">Watch agents learn: runs as they happen, and every trajectory they took.</p>
        {ended !== null && trouble === null && <Notice level="warn">{ended}</Notice>}
        {trouble !== null && <Notice level="error">{trouble}</Notice>}
        <label className="field">
          <span className="field-label">API key</span>
          <input
            className="input mono"
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder="bgh_…"
            required
            // The page has nothing else to do.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
          <span className="field-hint">
            <code>npm start</code> prints one and keeps it in <code>.bough/api-key</code>. It stays in this tab only.
          </span>
        </label>
        <Button kind="primary" type="submit" disabled={isBusy || key.trim() === ''}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </Button>
      </form>
    </main>
  );
}
