/** The API key of this tab. It is in sessionStorage and nowhere else: closing the tab forgets it, and other tabs do not have it. */
import { useSyncExternalStore } from 'react';

const STORED = 'bough.key';

export interface Session {
  readonly key: string | null;
  /** Why the last session ended, when the user did not end it. */
  readonly ended: string | null;
}

let session: Session = { key: takeKeyFromAddress() ?? sessionStorage.getItem(STORED), ended: null };
const listeners = new Set<() => void>();

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

export function signIn(key: string): void {
  sessionStorage.setItem(STORED, key);
  change({ key, ended: null });
}

/** @param ended what to tell the user, when this is not what the user asked for */
export function signOut(ended: string | null = null): void {
  sessionStorage.removeItem(STORED);
  change({ key: null, ended });
}

/**
 * `#key=bgh_…&to=/runs/run_…` is how a program on this machine, such as the quickstart, opens the page signed in. The fragment is not sent to
 * the server; it is taken out of the address at once.
 */
function takeKeyFromAddress(): string | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const key = given.get('key');
  if (key === null) return null;
  history.replaceState(null, '', `#${given.get('to') ?? '/'}`);
  sessionStorage.setItem(STORED, key);
  return key;
}

function change(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
