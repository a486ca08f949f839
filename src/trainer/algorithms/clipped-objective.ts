/** The objective that the methods of the GRPO family have in common, with the terms that have a coefficient. */
import { entropyBonus, kl, ppoClip, sumOf, type Objective } from '../../engine/index.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { TokenValue } from './credit.js';

export function clippedObjective({ training }: Pick<PolicyRunSpec, 'training'>): Objective<TokenValue> {
  const { clip_low: clipLow, clip_high: clipHigh, dual_clip: dualClip } = training;
  return sumOf<TokenValue>(ppoClip({ clipLow, clipHigh, dualClip }), ...regularisers(training));
}

function regularisers({
  kl_coefficient: klCoefficient,
  entropy_bonus: bonus,
}: PolicyRunSpec['training']): Objective<TokenValue>[] {
  return [...(klCoefficient === 0 ? [] : [kl(klCoefficient)]), ...(bonus === 0 ? [] : [entropyBonus(bonus)])];
}
