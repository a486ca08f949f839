/** The providers of web search. A name without a row does not compile. */
import type { SearchProviderName } from '../../spec/tools/search.js';
import { brave } from './brave.js';
import type { SearchProvider } from './provider.js';
import { searxng } from './searxng.js';
import { serper } from './serper.js';
import { tavily } from './tavily.js';

export const SEARCH_PROVIDERS: { readonly [N in SearchProviderName]: SearchProvider } = {
  brave,
  serper,
  searxng,
  tavily,
};
