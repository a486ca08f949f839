import { z } from 'zod';
import { DatasetId } from '../ids.js';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import { EmbeddingsInput, ResolvedEmbeddings, resolveEmbeddings } from './embeddings.js';
import { maxCalls } from './max-calls.js';
import { PagesInput, ResolvedPages, resolvePages } from './pages.js';
import { REMOTE_DEFAULTS, remoteFields, secretField } from './remote.js';
import { toolRow } from './tool-row.js';

const SEARCH_PROVIDER_NAMES = ['brave', 'serper', 'searxng', 'tavily'] as const;
export type SearchProviderName = (typeof SEARCH_PROVIDER_NAMES)[number];

const DEFAULTS = { top_k: 3, k1: 1.2, b: 0.75, max_calls: null };
/** Of a corpus. */
const CORPUS_DEFAULTS = { retrieval: 'bm25', embeddings: null } as const;
/** Of a provider, whose calls cost money. */
const WEB_DEFAULTS = { ...REMOTE_DEFAULTS, url: null, daily_calls: 1000, pages: null };

const EMBEDDINGS =
  'Of a corpus: the endpoint that embeds documents and queries, for `dense` and `hybrid`. Default null.';

/** Of a search over a corpus alone. */
const corpusFields = {
  retrieval: z
    .enum(['bm25', 'dense', 'hybrid'])
    .describe(
      'Of a corpus: `bm25` ranks by the words of the query, `dense` by the inner product of embeddings, exactly, and `hybrid` by both, fused by reciprocal rank (the sum of 1 / (60 + rank) over the first 100 of each). Default bm25.',
    ),
  embeddings: ResolvedEmbeddings.nullable().describe(EMBEDDINGS),
};

const PAGES =
  'Of a provider: the pages of the results are read, with `{}` as the paper’s browser reads them. Default null: they are not.';

/** Of a search over the web alone. */
const webFields = {
  url: remoteFields.url
    .nullable()
    .describe(
      'Of a provider: where it is asked, such as `https://searx.example.com/search`. Null: its public address.',
    ),
  secret: secretField(
    'Of a provider: name of the secret that is its API key. Null: none is sent, which searxng alone allows.',
  ),
  daily_calls: z
    .int()
    .min(1)
    .max(10_000_000)
    .describe(
      `Of a provider: calls to it in a day (UTC) by this project; further ones are an infra_error. Answers out of the cache are none. Default ${WEB_DEFAULTS.daily_calls}.`,
    ),
  pages: ResolvedPages.nullable().describe(PAGES),
  timeout_s: remoteFields.timeout_s,
  cache: remoteFields.cache,
};

const resolved = z.strictObject({
  type: z.literal('search'),
  corpus: DatasetId.optional().describe('A dataset of kind `corpus`, searched as `retrieval` says.'),
  provider: z
    .enum(SEARCH_PROVIDER_NAMES)
    .optional()
    .describe(
      'Searches the web through this service instead; what its results say of their pages is shown, or with `pages` what those say.',
    ),
  top_k: z.int().min(1).max(50).describe(`Documents returned per call. Default ${DEFAULTS.top_k}.`),
  k1: z.number().min(0).max(10).describe(`Of a corpus: BM25 term saturation. Default ${DEFAULTS.k1}.`),
  b: z.number().min(0).max(1).describe(`Of a corpus: BM25 length normalisation. Default ${DEFAULTS.b}.`),
  max_calls: maxCalls,
  ...z.object(corpusFields).partial().shape,
  ...z.object(webFields).partial().shape,
});
type Resolved = z.infer<typeof resolved>;

/** Of a search over a corpus, everything that it has. */
export type CorpusSearchSpec = Resolved & {
  [Name in 'corpus' | keyof typeof corpusFields]-?: Exclude<Resolved[Name], undefined>;
};

/** Of a search over the web, everything that it has. */
export type WebSearchSpec = Resolved & {
  [Name in 'provider' | keyof typeof webFields]-?: Exclude<Resolved[Name], undefined>;
};

export const isWebSearch = (spec: Resolved): spec is WebSearchSpec => spec.provider !== undefined;

export const isCorpusSearch = (spec: Resolved): spec is CorpusSearchSpec => spec.corpus !== undefined;

export const search = toolRow({
  input: resolved.partial({ top_k: true, k1: true, b: true, max_calls: true }).extend({
    pages: PagesInput.nullable().optional().describe(PAGES),
    embeddings: EmbeddingsInput.nullable().optional().describe(EMBEDDINGS),
  }),
  resolved,
  nameOf: () => 'search',
  resolve: ({ pages, embeddings, ...tool }) => ({
    ...overlay<Resolved>({ type: 'search', ...DEFAULTS, ...(tool.provider ? WEB_DEFAULTS : CORPUS_DEFAULTS) }, tool),
    ...(pages ? { pages: resolvePages(pages) } : {}),
    ...(embeddings ? { embeddings: resolveEmbeddings(embeddings) } : {}),
  }),
  problems(tool, path) {
    const { provider, corpus, secret, url, retrieval = CORPUS_DEFAULTS.retrieval, embeddings } = tool;
    const problems: SpecProblem[] = [];
    const problem = (name: string, message: string) => problems.push({ path: `${path}.${name}`, message });
    if (!provider) {
      if (!corpus) problem('corpus', 'name a dataset of kind corpus, or a provider of web search');
      const idle = (Object.keys(webFields) as (keyof typeof webFields)[]).filter((name) => tool[name] !== undefined);
      for (const name of idle) problem(name, 'is for web search: name a provider, or remove it');
      if (retrieval === 'bm25' && embeddings)
        problem('embeddings', 'bm25 uses none: set retrieval to dense or hybrid, or remove it');
      if (retrieval !== 'bm25' && !embeddings)
        problem('embeddings', `name the endpoint that embeds for ${retrieval} retrieval: its base_url and a model`);
      return problems;
    }
    const idle = (Object.keys(corpusFields) as (keyof typeof corpusFields)[]).filter((name) => tool[name]);
    for (const name of idle) problem(name, 'is for a search over a corpus: remove it, or the provider');
    if (corpus) problem('corpus', 'a search is over a corpus or through a provider: remove one of the two');
    if (provider === 'searxng' && !url)
      problem('url', 'say where your instance is, such as https://searx.example.com/search');
    if (provider !== 'searxng' && !secret) problem('secret', `name the secret that is your API key of ${provider}`);
    return problems;
  },
});
