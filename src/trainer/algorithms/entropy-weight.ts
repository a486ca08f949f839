/** AEPO's entropy-aware advantage (arXiv 2510.14545): what the policy was uncertain of counts more than what it was sure of. Pure. */
import { pathTo } from '../trees/tree.js';
import { addedAt } from './credit.js';
import type { GroupAdvantages } from './group-advantages.js';
import { spread, type RewardedTree } from './estimators.js';

/**
 * A (1 + a z) at each token, z its entropy less the mean, over the standard deviation (ddof 1), of all copied tokens of the step that take part. Entropies are
 * those with which the tokens were sampled. The released code takes the statistics of a micro-batch, and `weight` a as 0.2.
 */
export function entropyWeighted(
  groups: readonly RewardedTree[],
  credited: readonly GroupAdvantages[],
  weight: number,
): GroupAdvantages[] {
  const { mean, std } = spread(copiedEntropies(groups, credited));
  if (!(std > 0)) return [...credited];
  return credited.map((group, g) => {
    const { tree } = groups[g]!;
    const added_G = group.advantages_G.map((whole, i) => {
      if (whole === null) return null;
      const added = new Map<number, Float64Array>();
      for (const segment of pathTo(tree, tree.trajectories[i]!.leaf)) {
        const { entropies } = tree.segments[segment]!;
        if (entropies === null) continue;
        const tokens = Float64Array.from(entropies, (entropy, k) => {
          const own = addedAt(group.added_G, i, segment, k);
          return own + ((whole + own) * weight * (entropy - mean)) / std;
        });
        added.set(segment, tokens);
      }
      return added;
    });
    return { ...group, added_G };
  });
}

function copiedEntropies(groups: readonly RewardedTree[], credited: readonly GroupAdvantages[]): number[] {
  return credited.flatMap(({ advantages_G }, g) => {
    const { tree } = groups[g]!;
    return advantages_G.flatMap((advantage, i) => {
      if (advantage === null) return [];
      return pathTo(tree, tree.trajectories[i]!.leaf).flatMap((segment) => [
        ...(tree.segments[segment]!.entropies ?? []),
      ]);
    });
  });
}
