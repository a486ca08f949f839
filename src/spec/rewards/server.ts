/** What rewards have in common that ask a server. */
import { z } from 'zod';
import type { SpecProblem } from '../problem.js';
import { remoteFields, secretField } from '../tools/remote.js';

export const serverFields = {
  timeout_s: z
    .number()
    .positive()
    .max(600)
    .describe(
      'Limit of one request with all that it is tried again, seconds. An answer that has no score by then is left out as an infra_error. Default 30 for `http`, 60 for judges, 120 for `judge_group`.',
    ),
  concurrency: z.int().min(1).max(64).describe('Requests at the same time. Default 8.'),
  cache: z
    .enum(['off', 'read_write', 'read_only'])
    .describe(
      'Whether what the server answers is given again when the same is asked in this project. `read_only`: no request is made, and what has no stored answer is an infra_error. Default off for `http`, which may answer something else tomorrow, and read_write for judges.',
    ),
};

/** Of rewards whose server speaks as OpenAI's does. */
export const chatServer = {
  fields: {
    base_url: remoteFields.url
      .nullable()
      .describe(
        'As OpenAI’s clients take it, such as `https://api.openai.com/v1`: requests go to `/chat/completions` below it. Public, unless the operator allows its network (ALLOWED_NETWORKS). Null: the endpoint that the operator has named (JUDGE_BASE_URL).',
      ),
    model: z.string().min(1).max(256).describe('As its server calls it.'),
    secret: secretField(
      'Name of the secret that is sent as a bearer token. Null: none is, or to the operator’s endpoint the operator’s.',
    ),
    ...serverFields,
  },
  defaults: { base_url: null, secret: null, timeout_s: 60, concurrency: 8, cache: 'read_write' },
  /** As zod's `partial` takes it. */
  optional: { base_url: true, secret: true, timeout_s: true, concurrency: true, cache: true },
} as const;

/** Of judges of our own making. */
export const judgeServer = {
  fields: {
    ...chatServer.fields,
    temperature: z
      .number()
      .min(0)
      .max(2)
      .nullable()
      .describe('Null: it is not sent, for models that take none. Default 0.'),
    max_tokens: z
      .int()
      .min(1)
      .max(1_000_000)
      .nullable()
      .describe('Of a reply. Null: it is not sent. Default 1024, of `judge_group` 4096.'),
    extra_body: z
      .record(z.string(), z.unknown())
      .describe(
        'Further fields of each request, such as `response_format`, `reasoning_effort` or `max_completion_tokens`. Default none.',
      ),
  },
  defaults: { ...chatServer.defaults, temperature: 0, max_tokens: 1024, extra_body: {} },
  optional: { ...chatServer.optional, temperature: true, max_tokens: true, extra_body: true },
} as const;

/** Fields of a request that are said elsewhere, or would make its answer another kind of thing. */
const RESERVED = ['model', 'messages', 'stream', 'n', 'temperature', 'max_tokens', 'tools'];

export function extraBodyProblems(extra: Readonly<Record<string, unknown>> | undefined, path: string): SpecProblem[] {
  return Object.keys(extra ?? {})
    .filter((name) => RESERVED.includes(name))
    .map((name) => ({ path: `${path}.extra_body.${name}`, message: 'must not be given here; remove it' }));
}
