import { z } from 'zod';
import { rewardRow } from './reward-row.js';

const resolved = z.strictObject({
  type: z.literal('arpo'),
  fidelity: z
    .enum(['bough', 'reference'])
    .describe('`reference` reproduces the released scorer, quirks included. Default bough.'),
});

export const arpo = rewardRow({
  input: resolved.partial({ fidelity: true }),
  resolved,
  resolve: ({ type, fidelity = 'bough' }) => ({ type, fidelity }),
});
