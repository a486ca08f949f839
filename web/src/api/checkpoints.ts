/** Checkpoints of a run. */
import { useQuery } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { unwrap } from './api.ts';

export function useCheckpoints(runId: string | undefined) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['checkpoints', runId],
    enabled: runId !== undefined,
    queryFn: async ({ signal }) => {
      const params = { path: { id: runId ?? '' }, query: { limit: 100 } };
      return unwrap(await api.GET('/v1/runs/{id}/checkpoints', { params, signal })).data;
    },
    staleTime: 10_000,
  });
}
