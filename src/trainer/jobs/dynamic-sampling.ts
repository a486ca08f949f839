/** DAPO's dynamic sampling (arXiv 2503.14476, §3.2): groups without spread, which teach nothing, are replaced by those of new prompts. */
import { isFlat } from '../algorithms/estimators.js';
import type { ScoredTree } from '../rollout/scoring.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';

/** Rounds of new prompts after the first; what is still without spread then is left out. */
export const MAX_ROUNDS = 3;

export interface Selection {
  kept: ScoredTree[];
  /** Sampled and scored, but not learnt from. */
  replaced: ScoredTree[];
}

/** @param sample gets trees of as many new prompts, each time of others */
export async function sampleWithSpread(
  prompts: number,
  sample: (prompts: number) => Promise<ScoredTree[]>,
): Promise<Selection> {
  let kept = await sample(prompts);
  const replaced: ScoredTree[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const flat = kept.filter(({ scores_G }) => isFlat(scores_G.map(({ reward }) => reward)));
    if (flat.length === 0) break;
    replaced.push(...flat);
    const fresh = await sample(flat.length);
    kept = [...kept.filter((tree) => !flat.includes(tree)), ...fresh];
  }
  return { kept, replaced };
}

/** What keeps a dataset with so many examples from giving new prompts. */
export function doubtsAboutSampling(
  { advantage, training }: Pick<PolicyRunSpec, 'advantage' | 'training'>,
  examples: number,
): string[] {
  if (advantage.zero_variance !== 'replace' || examples > training.prompts_per_step) return [];
  return [
    `advantage.zero_variance is replace, but the dataset has ${examples} examples and a step takes ${training.prompts_per_step}: the same prompts are asked again`,
  ];
}
