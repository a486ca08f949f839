/** Trees and trajectories. What a finished step did does not change, so that it is read once. */
import { useQuery } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { unwrap, type Schemas } from './api.ts';
import { allPages } from './pages.ts';

export type Tree = Schemas['Tree'];
export type TreeSummary = Schemas['TreeSummary'];
export type Segment = Schemas['Segment'];
export type TrajectorySummary = Schemas['TrajectorySummary'];

export function useStepTrees(id: string, step: number) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['trees', id, step],
    queryFn: ({ signal }) =>
      allPages<TreeSummary>(async (after) => {
        const query = { step, limit: 100, ...after };
        return unwrap(await api.GET('/v1/runs/{id}/trees', { params: { path: { id }, query }, signal }));
      }, signal),
    staleTime: 30_000,
  });
}

export function useStepTrajectories(id: string | undefined, step: number | undefined) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['trajectories', id, step],
    enabled: id !== undefined && step !== undefined,
    queryFn: ({ signal }) =>
      allPages<TrajectorySummary>(async (after) => {
        const query = { step: step ?? 0, limit: 100, ...after };
        return unwrap(
          await api.GET('/v1/runs/{id}/trajectories', { params: { path: { id: id ?? '' }, query }, signal }),
        );
      }, signal),
    staleTime: 30_000,
  });
}

export function useTree(id: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['tree', id],
    queryFn: async ({ signal }) => unwrap(await api.GET('/v1/trees/{id}', { params: { path: { id } }, signal })),
    staleTime: 30_000,
  });
}

/** The question of an example; null when its dataset is gone. */
export function useExample(dataset: string | undefined, index: number | undefined) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['example', dataset, index],
    enabled: dataset !== undefined && index !== undefined,
    queryFn: async ({ signal }) => {
      const params = { path: { id: dataset ?? '' }, query: { after: (index ?? 0) - 1, limit: 1 } };
      const { data } = unwrap(await api.GET('/v1/datasets/{id}/examples', { params, signal }));
      return data[0]?.index === index ? (data[0]?.data ?? null) : null;
    },
    staleTime: Infinity,
    retry: false,
  });
}
