/** What it takes to start a run: the schema of its spec, a preview, and the start. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { unwrap, type Schemas } from './api.ts';

export type RunPreview = Schemas['RunPreview'];
export type RunSpec = Schemas['RunSpec'];

/** The OpenAPI document, as the service describes itself. */
export function useDocument<D>() {
  const { send } = useApi();
  return useQuery({
    queryKey: ['openapi'],
    queryFn: async ({ signal }) => {
      const response = await send(new Request(`${location.origin}/openapi.json`, { signal }));
      return (await response.json()) as D;
    },
    staleTime: Infinity,
  });
}

/** Asks for a preview; `usePreview` follows it. */
export function useStartPreview() {
  const { api } = useApi();
  return useMutation({
    // The form writes what the schema says; the service checks it.
    mutationFn: async (spec: object) =>
      unwrap(await api.POST('/v1/runs/preview', { body: spec as RunSpec })) as RunPreview,
  });
}

export function usePreview(first: RunPreview | undefined) {
  const { api } = useApi();
  const { data = first, error } = useQuery({
    queryKey: ['preview', first?.id],
    enabled: first?.status === 'processing',
    queryFn: async ({ signal }) => {
      const params = { path: { id: first?.id ?? '' } };
      return unwrap(await api.GET('/v1/previews/{id}', { params, signal })) as RunPreview;
    },
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === 'processing' ? 1000 : false),
  });
  return { data, error };
}

export function useStartRun() {
  const { api } = useApi();
  return useMutation({
    mutationFn: async (spec: object) => unwrap(await api.POST('/v1/runs', { body: spec as RunSpec })),
  });
}
