/** Terms that every method can add to its objective, and the clipped objective that most of them have. */
import { entropyBonus, kl, ppoClip, sumOf, type Objective } from '../../engine/index.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { TokenValue } from './credit.js';

type TrainingSpec = Pick<PolicyRunSpec, 'training'>;

export function clippedObjective(spec: TrainingSpec): Objective<TokenValue> {
  const { clip_low: clipLow, clip_high: clipHigh, dual_clip: dualClip } = spec.training;
  return withTerms(ppoClip({ clipLow, clipHigh, dualClip }), spec);
}

/** The objective with those of the terms that have a coefficient. */
export function withTerms(objective: Objective<TokenValue>, { training }: TrainingSpec): Objective<TokenValue> {
  const { kl_coefficient: klCoefficient, entropy_bonus: bonus } = training;
  const terms: Objective<TokenValue>[] = [];
  if (klCoefficient !== 0) terms.push(kl(klCoefficient));
  if (bonus !== 0) terms.push(entropyBonus(bonus));
  return sumOf<TokenValue>(objective, ...terms);
}
