/** Evaluations and the answers in them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { unwrap, type Schemas } from './api.ts';
import { usePages } from './pages.ts';

export type Evaluation = Schemas['Evaluation'];
export type Comparison = Schemas['EvaluationComparison'];
export type EvaluationItem = Schemas['EvaluationItem'];

const FINAL: readonly Evaluation['status'][] = ['succeeded', 'failed', 'cancelled'];
export const isOver = ({ status }: Evaluation) => FINAL.includes(status);

export function useEvaluations() {
  const { api } = useApi();
  return usePages<Evaluation>(
    ['evaluations'],
    async (after, signal) =>
      unwrap(await api.GET('/v1/evaluations', { params: { query: { limit: 50, ...after } }, signal })),
    true,
  );
}

export function useEvaluation(id: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['evaluation', id],
    queryFn: async ({ signal }) => unwrap(await api.GET('/v1/evaluations/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : 2000),
  });
}

/** @param right only right answers, or only others; null: all */
export function useEvaluationItems(id: string, right: boolean | null, isLive: boolean) {
  const { api } = useApi();
  return usePages<EvaluationItem>(
    ['items', id, right],
    async (after, signal) => {
      const query = { limit: 100, ...after, ...(right !== null && { exact_match: String(right) as 'true' | 'false' }) };
      return unwrap(await api.GET('/v1/evaluations/{id}/items', { params: { path: { id }, query }, signal }));
    },
    isLive,
  );
}

/** What the second is better by. */
export function useComparison(a: string, b: string, measure: Comparison['measure']) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['comparison', a, b, measure],
    queryFn: async ({ signal }) => {
      const body = { a, b, measure };
      return unwrap(await api.POST('/v1/evaluations/compare', { body, signal })) as Comparison;
    },
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
}

export function useCancelEvaluation(id: string) {
  const { api } = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async () => unwrap(await api.POST('/v1/evaluations/{id}/cancel', { params: { path: { id } } })),
    onSuccess: (evaluation) => cache.setQueryData(['evaluation', id], evaluation),
  });
}
