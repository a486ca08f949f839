/** What a trajectory pays of its reward for having left the reference: β k1, k1 = log π - log π_ref of each token (as REINFORCE++, RLOO and verl have it). Pure. */
import { pathTo } from '../trees/tree.js';
import type { RewardedTree } from './estimators.js';

/** Of all tokens of a trajectory. */
export function klOf(group: RewardedTree, trajectory: number): number {
  return modelSegments(group, trajectory).reduce((sum, [, kl_T]) => kl_T.reduce((total, kl) => total + kl, sum), 0);
}

/**
 * -β Σ k1 of each token of a trajectory and those that follow it: its return-to-go but for the reward at the end. By the segments of the trajectory: a shared
 * token has another one in each trajectory through it.
 */
export function klToGo(group: RewardedTree, trajectory: number, coefficient: number): Map<number, Float64Array> {
  const toGo = new Map<number, Float64Array>();
  let running = 0;
  for (const [segment, kl_T] of modelSegments(group, trajectory).reverse()) {
    const own = new Float64Array(kl_T.length);
    for (let t = kl_T.length - 1; t >= 0; t--) {
      running -= coefficient * kl_T[t]!;
      own[t] = running;
    }
    toGo.set(segment, own);
  }
  return toGo;
}

function modelSegments({ tree, kl }: RewardedTree, trajectory: number): [number, Float32Array][] {
  return pathTo(tree, tree.trajectories[trajectory]!.leaf).flatMap((segment): [number, Float32Array][] => {
    if (tree.segments[segment]!.kind !== 'model') return [];
    const kl_T = kl?.get(segment);
    if (!kl_T) throw new TypeError('a KL penalty in the reward takes the log-probabilities of a reference');
    return [[segment, kl_T]];
  });
}
