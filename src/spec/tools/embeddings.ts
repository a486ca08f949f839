/** Where a search over a corpus gets its vectors from. */
import { z } from 'zod';
import { overlay } from '../overlay.js';
import { ServerUrl } from '../server-url.js';
import { secretField } from './remote.js';

const DEFAULTS = {
  secret: null,
  query_prefix: '',
  document_prefix: '',
  max_characters: 2000,
  batch_size: 32,
  timeout_s: 60,
};

const prefix = z.string().max(2000);

export const ResolvedEmbeddings = z
  .strictObject({
    base_url: ServerUrl.describe(
      'As OpenAI’s clients take it, such as `https://api.openai.com/v1`: requests go to `/embeddings` below it. Public, unless the operator allows its network (ALLOWED_NETWORKS).',
    ),
    model: z.string().min(1).max(256).describe('As its server calls it.'),
    secret: secretField('Name of the secret that is sent as a bearer token. Default null: none is.'),
    query_prefix: prefix.describe('Written before each query, as E5’s `query: `. Default: nothing.'),
    document_prefix: prefix.describe('Written before each document, as E5’s `passage: `. Default: nothing.'),
    max_characters: z
      .int()
      .min(1)
      .max(100_000)
      .describe(
        `Of a document or a query that are embedded, from its beginning: what the model has room for. Default ${DEFAULTS.max_characters}.`,
      ),
    batch_size: z
      .int()
      .min(1)
      .max(2048)
      .describe(`Documents in a request; at most four requests at the same time. Default ${DEFAULTS.batch_size}.`),
    timeout_s: z
      .number()
      .positive()
      .max(600)
      .describe(`Limit of one request with all that it is tried again, seconds. Default ${DEFAULTS.timeout_s}.`),
  })
  .describe(
    'An OpenAI-compatible embeddings endpoint. The documents of a corpus are embedded once for each model, prefix and `max_characters`, when they are searched for the first time, and compared by cosine.',
  );
export type ResolvedEmbeddings = z.infer<typeof ResolvedEmbeddings>;

export const EmbeddingsInput = ResolvedEmbeddings.partial({
  secret: true,
  query_prefix: true,
  document_prefix: true,
  max_characters: true,
  batch_size: true,
  timeout_s: true,
});

export const resolveEmbeddings = (given: z.infer<typeof EmbeddingsInput>): ResolvedEmbeddings =>
  overlay<ResolvedEmbeddings>({ ...DEFAULTS, base_url: given.base_url, model: given.model }, given);
