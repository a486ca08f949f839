/** Goes through a list of the API, page by page. */
import type { Client } from 'openapi-fetch';
import type { paths } from '../types.js';
import { unwrap } from './unwrap.js';

interface Page {
  data: readonly unknown[];
  last_id: string | null;
  has_more: boolean;
}
type Answering<T> = { get: { responses: { 200: { content: { 'application/json': T } } } } };

/** A route that answers a list, such as `/v1/runs/{id}/trajectories`. */
export type ListPath = {
  [P in keyof paths]: paths[P] extends Answering<Page> ? P : never;
}[keyof paths];
type Parameters<P extends ListPath> = paths[P]['get']['parameters'];

export type ItemOf<P extends ListPath> =
  paths[P] extends Answering<infer List extends Page> ? List['data'][number] : never;

/** `path` and `query` as the route has them; `limit` is the size of a page. */
export type ListOptions<P extends ListPath> = Pick<Parameters<P>, 'path' | 'query'> & { signal?: AbortSignal };

/** @throws {BoughError} */
export async function* list<P extends ListPath>(
  api: Client<paths>,
  route: P,
  { signal, path, query }: ListOptions<P>,
): AsyncGenerator<ItemOf<P>, void> {
  // That the route has these parameters is known here and not to the type of GET, which takes one route at a time.
  const get = api.GET as (route: string, init: object) => Promise<{ data: Page; response: Response }>;
  for (let after: string | null = null; ;) {
    const params = { path, query: { ...query, ...(after !== null && { after }) } };
    const page: Page = unwrap(await get(route, { params, ...(signal && { signal }) }));
    yield* page.data as ItemOf<P>[];
    if (!page.has_more || page.last_id === null) return;
    after = page.last_id;
  }
}
