import { eachOf, fieldOf, type SearchProvider } from './provider.js';

/** https://serper.dev */
export const serper: SearchProvider = {
  address: 'https://google.serper.dev/search',
  request: (url, query, count, secret) => ({
    url,
    headers: { 'x-api-key': secret ?? '' },
    body: JSON.stringify({ q: query, num: count }),
  }),
  snippets: (answer) => eachOf(fieldOf(answer, 'organic'), 'snippet'),
};
