/** What is around every view: where one can go, and whether the service can be reached. */
import { onlineManager } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { signOut } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from './logo.tsx';
import { useTheme } from './theme.ts';

/** Name, address, and what else belongs to it. */
const places = [
  ['Runs', '/runs', ['/runs', '/new-run', '/trees', '/checkpoints']],
  ['Evaluations', '/evaluations', ['/evaluations']],
  ['Datasets', '/datasets', ['/datasets']],
  ['Models', '/models', ['/models']],
  ['Chat', '/chat', ['/chat']],
  ['Workers', '/workers', ['/workers']],
  ['Keys', '/keys', ['/keys']],
] as const;

export function Shell({ children }: { children: ReactNode }) {
  const [location] = useLocation();
  const [theme, nextTheme] = useTheme();
  const main = useRef<HTMLElement>(null);
  const nav = useRef<HTMLElement>(null);
  const online = useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
  // A new view begins at its top, and the keyboard goes on from there.
  useEffect(() => {
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [location]);
  // On a narrow screen the places are wider than it.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [location]);
  return (
    <>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <div className="top">
        <Link href="/runs" className="brand">
          <Logo /> Bough
        </Link>
        <nav ref={nav} className="places" aria-label="Main">
          {places.map(([name, path, own]) => (
            <Link
              key={path}
              href={path}
              className="place"
              aria-current={own.some((start) => location.startsWith(start)) ? 'page' : undefined}
            >
              {name}
            </Link>
          ))}
        </nav>
        <div className="top-end">
          <a className="place" href="/docs" target="_blank" rel="noreferrer">
            API
          </a>
          <Button kind="quiet" onClick={nextTheme}>
            <span className="hidden">Theme: </span>
            {{ system: '◐ Auto', light: '○ Light', dark: '● Dark' }[theme]}
          </Button>
          <Button kind="quiet" onClick={() => signOut()}>
            Sign out
          </Button>
        </div>
      </div>
      {!online && (
        <div className="offline" role="status">
          This machine is offline. What is shown may be out of date; it goes on by itself.
        </div>
      )}
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
