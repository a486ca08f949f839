/** Gives the views the API with the key of the session, and a cache of what it answered. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, useContext, useState, type ReactNode } from 'react';
import { signOut } from '../session/session.ts';
import { BoughError, createApi, fetchWith, type Api } from './api.ts';

export interface ApiAccess {
  readonly api: Api;
  /** fetch with the key, for what is streamed. */
  readonly send: (request: Request) => Promise<Response>;
}

const Access = createContext<ApiAccess | null>(null);

export function useApi(): ApiAccess {
  const access = useContext(Access);
  if (!access) throw new Error('useApi is called outside of ApiProvider');
  return access;
}

const refused = () =>
  signOut('The service no longer takes this key: it has expired or was revoked. Sign in with another.');

export function ApiProvider({ apiKey, children }: { apiKey: string; children: ReactNode }) {
  const [access] = useState<ApiAccess>(() => ({ api: createApi(apiKey, refused), send: fetchWith(apiKey, refused) }));
  const [cache] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: 2000,
            // Without a connection a request is made all the same: the service may be on this machine.
            networkMode: 'always',
            retry: (failures, error) => failures < 3 && isPassing(error),
          },
          mutations: { networkMode: 'always' },
        },
      }),
  );
  return (
    <Access value={access}>
      <QueryClientProvider client={cache}>{children}</QueryClientProvider>
    </Access>
  );
}

/** Whether the same request may succeed later. */
function isPassing(error: Error): boolean {
  return !(error instanceof BoughError) || error.status === 429 || (error.status ?? 0) >= 500;
}
