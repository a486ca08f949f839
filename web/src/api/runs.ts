/** Runs, their metrics and their events. */
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { runEvents } from '../../../openapi/client/run-events.js';
import { useApi } from './api-provider.tsx';
import { unwrap, type Api, type Schemas } from './api.ts';
import { usePages } from './pages.ts';

export type Run = Schemas['Run'];
export type RunEvent = Schemas['RunEvent'];
export type MetricsRow = Schemas['RunMetrics'];
export type RunStatus = Run['status'];

const REFRESH_MS = 4000;
const METRICS_PAGE = 2000;
const FINAL: readonly RunStatus[] = ['succeeded', 'failed', 'cancelled'];

export const isFinal = (status: RunStatus) => FINAL.includes(status);

export interface RunFilter {
  readonly status: readonly RunStatus[];
}

/** All runs that match, the newest first. */
export function useRuns(filter: RunFilter) {
  const { api } = useApi();
  return usePages<Run>(
    ['runs', filter],
    async (after, signal) => {
      const query = { limit: 50, ...after, ...(filter.status.length > 0 && { status: [...filter.status] }) };
      const page = unwrap(await api.GET('/v1/runs', { params: { query }, signal }));
      return { ...page, data: page.data as Run[] };
    },
    true,
  );
}

export function useRun(id: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['run', id],
    queryFn: async ({ signal }) => unwrap(await api.GET('/v1/runs/{id}', { params: { path: { id } }, signal })) as Run,
    // Events tell what happens; this is for what no event tells, such as a place in the queue.
    refetchInterval: ({ state }) => (state.data && isFinal(state.data.status) ? false : REFRESH_MS),
  });
}

/** One metric of every step, for a small curve. */
export function useMetric(run: Run, name: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['metric', run.id, name, run.progress.step],
    queryFn: ({ signal }) => metricsAfter(api, run.id, 0, { names: name, signal }),
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
}

/** All metrics of every step that has ended. `useLiveRun` adds the steps that end. */
export function useMetrics(id: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['metrics', id],
    queryFn: ({ signal }) => metricsAfter(api, id, 0, { signal }),
    staleTime: Infinity,
  });
}

async function metricsAfter(
  api: Api,
  id: string,
  step: number,
  { names, signal }: { names?: string; signal: AbortSignal },
): Promise<MetricsRow[]> {
  const rows: MetricsRow[] = [];
  for (let after = step; ;) {
    const query = { after, limit: METRICS_PAGE, ...(names !== undefined && { names: [names] }) };
    const page = unwrap(await api.GET('/v1/runs/{id}/metrics', { params: { path: { id }, query }, signal }));
    rows.push(...page.data);
    const last = page.data.at(-1);
    if (!page.has_more || !last) return rows;
    after = last.step;
  }
}

/** The last events of a run, the newest first. `useLiveRun` adds those that happen, `useOlderEvents` has those before. */
export function useEvents(id: string) {
  const { api } = useApi();
  return useQuery({
    queryKey: ['events', id],
    queryFn: async ({ signal }) => {
      const query = { order: 'desc' as const, limit: 100 };
      const answer = unwrap(await api.GET('/v1/runs/{id}/events', { params: { path: { id }, query }, signal }));
      // What is not asked for as a stream is a list.
      return (answer as Schemas['RunEventList']).data;
    },
    staleTime: Infinity,
  });
}

/** The events before this one, the newest first. */
export function useOlderEvents(id: string, before: number) {
  const { api } = useApi();
  return usePages<RunEvent>(
    ['older-events', id, before],
    async ({ after }, signal) => {
      const query = { order: 'desc' as const, limit: 100, after: after === undefined ? before : Number(after) };
      const answer = unwrap(await api.GET('/v1/runs/{id}/events', { params: { path: { id }, query }, signal }));
      return answer as Schemas['RunEventList'];
    },
    false,
  );
}

export type Liveness = 'connecting' | 'live' | 'over' | 'lost';

/** Follows the events of a run and keeps what `useRun`, `useMetrics` and `useEvents` have answered up to date. */
export function useLiveRun(id: string, firstEvents: readonly RunEvent[] | undefined): Liveness {
  const { api, send } = useApi();
  const cache = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>('connecting');
  const isLoaded = firstEvents !== undefined;
  useEffect(() => {
    if (!isLoaded) return;
    const stopped = new AbortController();
    const { signal } = stopped;
    const after = cache.getQueryData<RunEvent[]>(['events', id])?.[0]?.sequence ?? 0;
    const watched = async (request: Request) => {
      const response = await send(request);
      if (response.ok) setLiveness('live');
      return response;
    };
    const follow = async () => {
      for await (const event of runEvents(watched, location.origin, id, { after, signal })) {
        await take(cache, api, id, event, signal);
      }
    };
    follow().then(
      () => setLiveness('over'),
      () => signal.aborted || setLiveness('lost'),
    );
    return () => stopped.abort();
  }, [api, cache, id, isLoaded, send]);
  return liveness;
}

async function take(cache: QueryClient, api: Api, id: string, event: RunEvent, signal: AbortSignal): Promise<void> {
  cache.setQueryData<RunEvent[]>(['events', id], (events = []) => [event, ...events]);
  if (event.type === 'run.phase') {
    const phase = String(event.data['phase']);
    cache.setQueryData<Run>(['run', id], (run) => run && { ...run, progress: { ...run.progress, phase, fraction: 0 } });
    return;
  }
  void cache.invalidateQueries({ queryKey: ['run', id] });
  // A run that went back to a checkpoint makes its steps again.
  if (event.type === 'run.resumed' || event.type === 'run.recovering') {
    void cache.invalidateQueries({ queryKey: ['metrics', id] });
  }
  if (event.type !== 'run.step') return;
  const rows = cache.getQueryData<MetricsRow[]>(['metrics', id]) ?? [];
  const added = await metricsAfter(api, id, rows.at(-1)?.step ?? 0, { signal });
  cache.setQueryData<MetricsRow[]>(['metrics', id], (known = []) => {
    const last = known.at(-1)?.step ?? 0;
    return [...known, ...added.filter(({ step }) => step > last)];
  });
}
