import { bearer } from '../../outgoing/bearer.js';
import { fieldOf, resultsIn, type SearchProvider } from './provider.js';

/** https://docs.searxng.org/dev/search_api.html: an instance of the user's, whose settings have `json` among `search.formats`. */
export const searxng: SearchProvider = {
  address: null,
  request(address, query, _count, secret) {
    const url = new URL(address);
    url.searchParams.set('q', query);
    url.searchParams.set('format', 'json');
    return { url, headers: { accept: 'application/json', ...bearer(secret) }, body: null };
  },
  results: (answer) => resultsIn(fieldOf(answer, 'results'), 'content', 'url'),
};
