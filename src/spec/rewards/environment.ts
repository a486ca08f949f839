import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';

const resolved = z.strictObject({
  type: z.literal('environment'),
  tool: z.string().min(1).max(128).describe('The name of the tool of type `environment` whose episode it is.'),
  take: z
    .enum(['sum', 'last'])
    .describe(
      'Of the rewards of the steps: their sum, which is what an episode is worth, or the last one, for a server that says at each step what the episode is worth so far. Default sum.',
    ),
});

/** What the steps of an episode were worth, as its results say. 0 without any. */
export const environment = rewardRow({
  input: resolved.partial({ take: true }).meta({ examples: [{ type: 'environment', tool: 'guess' }] }),
  resolved,
  resolve: (reward) =>
    overlay<z.infer<typeof resolved>>({ type: 'environment', tool: reward.tool, take: 'sum' }, reward),
});
