/** How the pages are read that a search over the web finds. */
import { z } from 'zod';
import { overlay } from '../overlay.js';
import { ServerUrl } from '../server-url.js';
import { secretField } from './remote.js';

const DEFAULTS = { timeout_s: 20, characters: 6000, summary: null };
const SUMMARY_DEFAULTS = { secret: null, temperature: 0.6, max_tokens: 4096, timeout_s: 60 };
const POLICY_SUMMARY_DEFAULTS = { by: 'policy', max_tokens: 256 } as const;
const SUMMARY = 'Default null: the passages are the result.';

const seconds = z.number().positive().max(600);

const endpointSummary = z
  .strictObject({
    base_url: ServerUrl.describe(
      'As OpenAI’s clients take it, such as `https://api.openai.com/v1`: requests go to `/chat/completions` below it.',
    ),
    model: z.string().min(1).max(256).describe('As its server calls it.'),
    secret: secretField('Name of the secret that is sent as a bearer token. Default null: none is.'),
    temperature: z
      .number()
      .min(0)
      .max(2)
      .nullable()
      .describe(`Null: it is not sent, for models that take none. Default ${SUMMARY_DEFAULTS.temperature}.`),
    max_tokens: z.int().min(1).max(1_000_000).describe(`Of a summary. Default ${SUMMARY_DEFAULTS.max_tokens}.`),
    timeout_s: seconds.describe(
      `Limit of a summary with all that it is tried again, seconds. One that fails is an infra_error. Default ${SUMMARY_DEFAULTS.timeout_s}.`,
    ),
  })
  .describe('A language model that is told the query and the passages, and says what helps.');
type EndpointSummary = z.infer<typeof endpointSummary>;

const policySummary = z
  .strictObject({
    by: z.literal('policy'),
    max_tokens: z
      .int()
      .min(1)
      .max(100_000)
      .describe(
        `Of a summary. They count as sampled tokens, and the passages are cut to what the model’s context leaves beside them. Default ${POLICY_SUMMARY_DEFAULTS.max_tokens}.`,
      ),
  })
  .describe(
    'The model that calls is told the query and the passages, and says what helps: with its present weights, always its most probable token, apart from the trajectory. Nothing of it is learnt.',
  );
type PolicySummary = z.infer<typeof policySummary>;

export const ResolvedPages = z
  .strictObject({
    timeout_s: seconds.describe(
      `Limit of one page, seconds. In place of one that cannot be read, what the provider says of it is shown, and why. Default ${DEFAULTS.timeout_s}.`,
    ),
    characters: z
      .int()
      .min(200)
      .max(20_000)
      .describe(
        `Of a page that are shown: around the sentence that is most like what the provider says of it, else its beginning. Default ${DEFAULTS.characters}.`,
      ),
    summary: z.union([endpointSummary, policySummary]).nullable().describe(SUMMARY),
  })
  .describe('HTML and plain text are read up to 20,000 characters, PDF up to 600 words.');
export type ResolvedPages = z.infer<typeof ResolvedPages>;

export const PagesInput = ResolvedPages.partial().extend({
  summary: z
    .union([
      endpointSummary.partial({ secret: true, temperature: true, max_tokens: true, timeout_s: true }),
      policySummary.partial({ max_tokens: true }),
    ])
    .nullable()
    .optional()
    .describe(SUMMARY),
});
type SummaryInput = NonNullable<z.infer<typeof PagesInput>['summary']>;

export function resolvePages(given: z.infer<typeof PagesInput>): ResolvedPages {
  const { summary, ...rest } = given;
  return { ...overlay<ResolvedPages>(DEFAULTS, rest), summary: summary ? resolveSummary(summary) : null };
}

function resolveSummary(given: SummaryInput): EndpointSummary | PolicySummary {
  if ('by' in given) return overlay<PolicySummary>(POLICY_SUMMARY_DEFAULTS, given);
  const { base_url, model } = given;
  return overlay<EndpointSummary>({ base_url, model, ...SUMMARY_DEFAULTS }, given);
}
