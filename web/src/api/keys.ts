/** The keys of the project. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from './api-provider.tsx';
import { unwrap, type Schemas } from './api.ts';
import { usePages } from './pages.ts';

export type Key = Schemas['Key'];
export type NewKey = Schemas['NewKey'];

export function useKeys() {
  const { api } = useApi();
  return usePages<Key>(
    ['keys'],
    async (after, signal) => unwrap(await api.GET('/v1/keys', { params: { query: { limit: 100, ...after } }, signal })),
    true,
  );
}

export function useCreateKey() {
  const { api } = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewKey) => unwrap(await api.POST('/v1/keys', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['keys'] }),
  });
}

export function useRevokeKey() {
  const { api } = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => unwrap(await api.DELETE('/v1/keys/{id}', { params: { path: { id } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['keys'] }),
  });
}
