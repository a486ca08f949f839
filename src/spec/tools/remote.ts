/** What tools have in common that are served by a user. */
import { z } from 'zod';
import { ServerUrl } from '../server-url.js';
import { SecretName } from '../secret-name.js';
import { maxCalls } from './max-calls.js';

/** Tags and tools that a function of a user's must not be mistaken for. */
const TAKEN = ['think', 'result', 'answer', 'python', 'search'];

const FUNCTION_NAME = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,127}$/;

/** Why a function cannot go by this name; null: it can. */
export function nameProblem(name: string): string | null {
  if (TAKEN.includes(name)) return `must not be ${name}, which means something else to the model`;
  if (!FUNCTION_NAME.test(name)) return 'must have 1 to 128 letters, digits, dots, slashes, hyphens and underscores';
  return null;
}

export const FunctionName = z
  .string()
  .min(1)
  .max(128)
  .superRefine((name, context) => {
    const message = nameProblem(name);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .describe('By which the model calls it; unique within the run.');

export const remoteFields = {
  url: ServerUrl.describe('Public, unless the operator allows its network (ALLOWED_NETWORKS).'),
  timeout_s: z
    .number()
    .positive()
    .max(600)
    .describe('Limit of one call with all that it is tried again, seconds. Default 30.'),
  cache: z
    .enum(['off', 'read_write', 'read_only'])
    .describe(
      'Whether the answer to a call is used again for the same call in this project. `read_only`: only stored answers are given and no request is made; a call without one is an infra_error. Default off.',
    ),
  max_calls: maxCalls,
};

export const REMOTE_DEFAULTS = { secret: null, timeout_s: 30, cache: 'off', max_calls: null } as const;

export const secretField = (meaning: string) => SecretName.nullable().describe(meaning);
