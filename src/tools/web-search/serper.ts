import { fieldOf, resultsIn, type SearchProvider } from './provider.js';

/** https://serper.dev */
export const serper: SearchProvider = {
  address: 'https://google.serper.dev/search',
  request: (url, query, count, secret) => ({
    url,
    headers: { 'x-api-key': secret ?? '' },
    body: JSON.stringify({ q: query, num: count }),
  }),
  results: (answer) => resultsIn(fieldOf(answer, 'organic'), 'snippet', 'link'),
};
