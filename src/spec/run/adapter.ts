/** Low-rank matrices that are trained in place of the weights. */
import { z } from 'zod';
import { overlay } from '../overlay.js';
import { withoutRepeats } from '../without-repeats.js';

/** Linear layers that an adapter can stand beside, as PEFT names them. */
export const ADAPTER_TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

const description =
  'Train low-rank matrices beside the frozen weights (LoRA) instead of the weights; null: train all weights.';

const AdapterSpec = z
  .strictObject({
    type: z.literal('lora'),
    rank: z.int().min(1).max(1024).describe('r: inner size of the low-rank product.'),
    alpha: z.number().positive().max(65_536).describe('The product counts alpha / rank times.'),
    dropout: z.number().min(0).max(0.9).describe("Share of an adapter's inputs that a training pass leaves out."),
    target_modules: withoutRepeats(z.enum(ADAPTER_TARGETS), 'module'),
  })
  .meta({ id: 'ResolvedAdapterSpec' });
export type AdapterSpec = z.infer<typeof AdapterSpec>;

export const adapterInput = AdapterSpec.partial({ rank: true, alpha: true, dropout: true, target_modules: true })
  .meta({ id: 'AdapterSpec' })
  .nullable()
  .describe(`${description} Defaults: rank 16, alpha twice the rank, dropout 0, all modules.`);
export type AdapterInput = z.infer<typeof adapterInput>;

export const adapterResolved = AdapterSpec.nullable().describe(description);

export function resolveAdapter(input: AdapterInput | undefined): AdapterSpec | null {
  if (!input) return null;
  const rank = input.rank ?? 16;
  return overlay<AdapterSpec>(
    { type: 'lora', rank, alpha: 2 * rank, dropout: 0, target_modules: [...ADAPTER_TARGETS] },
    input,
  );
}
