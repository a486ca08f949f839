/** Models, checkpoints and what is exported of them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { unwrap, type Schemas } from './api.ts';
import { usePages } from './pages.ts';

export type Model = Schemas['Model'];
export type Checkpoint = Schemas['Checkpoint'];
export type Export = Schemas['Export'];
export type ExportSpec = Schemas['ExportSpec'];

export function useModels() {
  const { api } = useApi();
  return usePages<Model>(
    ['models'],
    async (after, signal) =>
      unwrap(await api.GET('/v1/models', { params: { query: { limit: 100, ...after } }, signal })),
    true,
  );
}

export function useModel(id: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['model', id],
    queryFn: async ({ signal }) => unwrap(await api.GET('/v1/models/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.status === 'processing' ? 2000 : false),
  });
}

export function useCheckpoint(id: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['checkpoint', id],
    queryFn: async ({ signal }) => unwrap(await api.GET('/v1/checkpoints/{id}', { params: { path: { id } }, signal })),
    staleTime: Infinity,
  });
}

/** Of a model or a checkpoint. */
export function useExports(model: string) {
  const { api } = useApi();
  return usePages<Export>(
    ['exports', model],
    async (after, signal) =>
      unwrap(await api.GET('/v1/exports', { params: { query: { model, limit: 100, ...after } }, signal })),
    true,
  );
}

export function useCreateExport(model: string) {
  const { api } = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (spec: Omit<ExportSpec, 'model'>) =>
      unwrap(await api.POST('/v1/exports', { body: { ...spec, model } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['exports', model] }),
  });
}
