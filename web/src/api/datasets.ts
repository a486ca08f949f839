/** Datasets and their rows. */
import { useQuery } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { unwrap, type Schemas } from './api.ts';
import { usePages } from './pages.ts';

export type Dataset = Schemas['Dataset'];
export type DatasetExample = Schemas['DatasetExample'];

export function useDatasets() {
  const { api } = useApi();
  return usePages<Dataset>(
    ['datasets'],
    async (after, signal) =>
      unwrap(await api.GET('/v1/datasets', { params: { query: { limit: 100, ...after } }, signal })),
    true,
  );
}

export function useDataset(id: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['dataset', id],
    queryFn: async ({ signal }) => unwrap(await api.GET('/v1/datasets/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.status === 'processing' ? 2000 : false),
  });
}

/** @param isGrowing whether its rows are still being read */
export function useExamples(id: string, isGrowing: boolean) {
  const { api } = useApi();
  return usePages<DatasetExample>(
    ['examples', id],
    async ({ after }, signal) => {
      const query = { limit: 100, ...(after !== undefined && { after: Number(after) }) };
      return unwrap(await api.GET('/v1/datasets/{id}/examples', { params: { path: { id }, query }, signal }));
    },
    isGrowing,
  );
}
