import { fieldOf, resultsIn, type SearchProvider } from './provider.js';

/** https://docs.tavily.com/documentation/api-reference/endpoint/search */
export const tavily: SearchProvider = {
  address: 'https://api.tavily.com/search',
  request: (url, query, count, secret) => ({
    url,
    headers: { authorization: `Bearer ${secret ?? ''}` },
    body: JSON.stringify({ query, max_results: Math.min(count, 20) }),
  }),
  results: (answer) => resultsIn(fieldOf(answer, 'results'), 'content', 'url'),
};
