/** What can be done with a run. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { unwrap } from './api.ts';
import type { Run, RunStatus } from './runs.ts';

export type RunAction = 'pause' | 'resume' | 'cancel';

const possible: Readonly<Record<RunAction, readonly RunStatus[]>> = {
  pause: ['queued', 'preparing', 'running', 'recovering'],
  resume: ['paused'],
  cancel: ['queued', 'preparing', 'running', 'recovering', 'pausing', 'paused'],
};

export const isPossible = (action: RunAction, status: RunStatus) => possible[action].includes(status);

export function useRunAction(id: string) {
  const { api } = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (action: RunAction) => {
      const params = { path: { id } };
      if (action === 'pause') return unwrap(await api.POST('/v1/runs/{id}/pause', { params })) as Run;
      if (action === 'resume') return unwrap(await api.POST('/v1/runs/{id}/resume', { params, body: {} })) as Run;
      return unwrap(await api.POST('/v1/runs/{id}/cancel', { params })) as Run;
    },
    onSuccess: (run) => {
      cache.setQueryData(['run', id], run);
      void cache.invalidateQueries({ queryKey: ['runs'] });
    },
  });
}
