/** The API as this page calls it: the routes of the OpenAPI document, on the host that the page came from. */
import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from '../../../openapi/types.js';

export { BoughError } from '../../../openapi/client/bough-error.js';
export { unwrap } from '../../../openapi/client/unwrap.js';
export type { paths } from '../../../openapi/types.js';

export type Schemas = components['schemas'];
export type Api = Client<paths>;

/** @param onRefused called when the service no longer takes the key */
export function createApi(key: string, onRefused?: () => void): Api {
  return createClient<paths>({ baseUrl: location.origin, fetch: fetchWith(key, onRefused) });
}

/** fetch with the key. It does not try again: what reads does so by itself, and what changes something is for the user to repeat. */
export function fetchWith(key: string, onRefused?: () => void): (request: Request) => Promise<Response> {
  return async (request) => {
    request.headers.set('authorization', `Bearer ${key}`);
    const response = await fetch(request);
    if (response.status === 401) onRefused?.();
    return response;
  };
}
