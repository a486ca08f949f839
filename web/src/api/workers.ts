/** The workers of the service. */
import { useApi } from './api-provider.tsx';
import { unwrap, type Schemas } from './api.ts';
import { usePages } from './pages.ts';

export type Worker = Schemas['Worker'];

export function useWorkers() {
  const { api } = useApi();
  return usePages<Worker>(
    ['workers'],
    async (after, signal) =>
      unwrap(await api.GET('/v1/workers', { params: { query: { limit: 100, ...after } }, signal })),
    true,
  );
}
