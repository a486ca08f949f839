import { fieldOf, resultsIn, type SearchProvider } from './provider.js';

/** https://api-dashboard.search.brave.com/app/documentation/web-search */
export const brave: SearchProvider = {
  address: 'https://api.search.brave.com/res/v1/web/search',
  request(address, query, count, secret) {
    const url = new URL(address);
    url.searchParams.set('q', query);
    url.searchParams.set('count', String(Math.min(count, 20)));
    return { url, headers: { accept: 'application/json', 'x-subscription-token': secret ?? '' }, body: null };
  },
  results: (answer) => resultsIn(fieldOf(answer, 'web', 'results'), 'description', 'url'),
};
