import { z } from 'zod';
import { overlay } from '../overlay.js';
import { remoteFields, secretField } from '../tools/remote.js';
import { rewardRow } from './reward-row.js';
import { serverFields } from './server.js';

const DEFAULTS = { secret: null, timeout_s: 30, concurrency: 8, cache: 'off' } as const;

const DESCRIPTION =
  'A server of yours scores: one POST for all answers to a prompt, {job, question, references, metadata, answers: [{response, answer, parts}]} → ' +
  '{scores: […]}, in order, each a number, {score, parts, flags}, or {error} for an answer that cannot be scored.';

const EXAMPLE = { type: 'http', url: 'https://example.com/score', secret: 'scorer', timeout_s: 10 };

const resolved = z.strictObject({
  type: z.literal('http'),
  url: remoteFields.url,
  secret: secretField(
    'Name of the secret that requests are signed with, as https://www.standardwebhooks.com says. Null: they are not signed.',
  ),
  ...serverFields,
});

/** A server of the user's. */
export const http = rewardRow({
  input: resolved
    .partial({ secret: true, timeout_s: true, concurrency: true, cache: true })
    .meta({ description: DESCRIPTION, examples: [EXAMPLE] }),
  resolved,
  resolve: (reward) => overlay<z.infer<typeof resolved>>({ type: 'http', url: reward.url, ...DEFAULTS }, reward),
});
