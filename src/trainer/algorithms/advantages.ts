/** Rewards of a step's groups to advantages of their trajectories. Not how they are spread over tokens: see `credit.ts`. Pure. */
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { modelTokens, responseTokens } from '../trees/tree.js';
import {
  EPSILON,
  estimators,
  isFlat,
  spread,
  type AdvantageSpec,
  type Estimator,
  type RewardedTree,
} from './estimators.js';
import type { GroupAdvantages } from './group-advantages.js';
import { entropyWeighted } from './entropy-weight.js';
import { klOf, klToGo } from './reward-kl.js';
import { stepAdvantages, type StepAdvantages } from './step-advantages.js';

/**
 * Advantages of all groups of a step, by the specification's estimator over the scored trajectories. A group with fewer than two of them is skipped. Where all
 * rewards of a group are equal, `zero_variance` says whether its trajectories count in the loss all the same (`keep`) or are left out (`drop`, and what of
 * `replace` is left).
 */
export function advantagesOf(
  groups: readonly RewardedTree[],
  { advantage, rollout }: Pick<PolicyRunSpec, 'advantage' | 'rollout'>,
): GroupAdvantages[] {
  const estimator = estimators[advantage.estimator];
  const estimated = groups.map((group) => {
    const shaped_G = shapedRewards(group, advantage, rollout.max_response_tokens);
    const rewards_G = estimator.isBatchNormalised ? shaped_G : lessKl(group, shaped_G, advantage.kl_coefficient);
    return groupAdvantages(group.tree, rewards_G, estimator, advantage.zero_variance);
  });
  const episodes = estimator.isBatchNormalised
    ? batchNormalised(groups, estimated, advantage.kl_coefficient)
    : estimated;
  const stepped = advantage.step_weight === null ? episodes : withSteps(groups, episodes, advantage);
  return advantage.entropy_weight === 0 ? stepped : entropyWeighted(groups, stepped, advantage.entropy_weight);
}

function withSteps(
  groups: readonly RewardedTree[],
  episodes: readonly GroupAdvantages[],
  advantage: AdvantageSpec,
): GroupAdvantages[] {
  return episodes.map((episode, g) => ({ ...episode, added_G: weightedSteps(groups[g]!, episode, advantage) }));
}

/** Of the trajectories that take part. */
function weightedSteps(
  group: RewardedTree,
  { advantages_G }: GroupAdvantages,
  advantage: AdvantageSpec,
): StepAdvantages {
  const weight = advantage.step_weight ?? 0;
  const taking = {
    ...group,
    rewards_G: group.rewards_G.map((reward, i) => (advantages_G[i] === null ? null : reward)),
  };
  return stepAdvantages(taking, advantage).map(
    (steps) => steps && new Map([...steps].map(([segment, value]) => [segment, weight * value])),
  );
}

function groupAdvantages(
  tree: RewardedTree['tree'],
  rewards_G: readonly (number | null)[],
  { within }: Estimator,
  zeroVariance: AdvantageSpec['zero_variance'],
): GroupAdvantages {
  const scored = perRollout(tree, rewards_G);
  if (scored.length < 2) return { outcome: 'skipped', advantages_G: rewards_G.map(() => null) };
  const flat = isFlat(scored);
  if (flat && zeroVariance !== 'keep') return { outcome: 'zero_variance', advantages_G: rewards_G.map(() => null) };
  // Exact, which the sum of equal numbers over their count need not be.
  const group = flat ? { mean: scored[0]!, std: 0, n: scored.length } : spread(scored);
  const advantages_G = rewards_G.map((reward) => (reward === null ? null : within(reward, group)));
  return { outcome: flat ? 'zero_variance' : 'used', advantages_G };
}

/** The scored rewards that are compared: one for each rollout, however many trajectories an agent's calls have made of it. */
function perRollout({ trajectories }: RewardedTree['tree'], rewards_G: readonly (number | null)[]): number[] {
  const byRollout = new Map<number, number[]>();
  rewards_G.forEach((reward, i) => {
    if (reward === null) return;
    const rollout = trajectories[i]!.rollout ?? i;
    byRollout.set(rollout, [...(byRollout.get(rollout) ?? []), reward]);
  });
  return [...byRollout.values()].map((rewards) => (rewards.length === 1 ? rewards[0]! : spread(rewards).mean));
}

/** A trajectory pays for all of its tokens before it is compared with the others of its group. */
function lessKl(
  group: RewardedTree,
  rewards_G: readonly (number | null)[],
  coefficient: number,
): readonly (number | null)[] {
  if (coefficient === 0) return rewards_G;
  return rewards_G.map((reward, i) => (reward === null ? null : reward - coefficient * klOf(group, i)));
}

/**
 * (A - mean) / std over the copied tokens that the policy wrote, as verl whitens: a long trajectory counts more. With a KL penalty A is a return-to-go: of the
 * reward at the end, less what the token and those after it cost.
 */
function batchNormalised(
  groups: readonly RewardedTree[],
  estimated: readonly GroupAdvantages[],
  klCoefficient: number,
): GroupAdvantages[] {
  const returned = estimated.map((group, g): GroupAdvantages => {
    if (klCoefficient === 0) return group;
    const added_G = group.advantages_G.map((advantage, i) =>
      advantage === null ? null : klToGo(groups[g]!, i, klCoefficient),
    );
    return { ...group, added_G };
  });
  const values: number[] = [];
  const counts: number[] = [];
  returned.forEach(({ advantages_G, added_G }, g) => {
    const { tree } = groups[g]!;
    advantages_G.forEach((advantage, i) => {
      if (advantage === null) return;
      if (added_G) {
        for (const added of added_G[i]!.values()) for (const one of added as Float64Array) values.push(advantage + one);
        return;
      }
      values.push(advantage);
      counts.push(modelTokens(tree, tree.trajectories[i]!.leaf));
    });
  });
  const { mean, std } = spread(values, klCoefficient === 0 ? counts : undefined);
  const scale = std + EPSILON;
  return returned.map(({ added_G, ...group }) => ({
    ...group,
    advantages_G: group.advantages_G.map((advantage) => (advantage === null ? null : (advantage - mean) / scale)),
    ...(added_G && { added_G: added_G.map((added) => added && scaled(added, 1 / scale)) }),
  }));
}

function scaled(added: ReadonlyMap<number, number | Float64Array>, factor: number): Map<number, number | Float64Array> {
  return new Map(
    [...added].map(([segment, value]) => [
      segment,
      typeof value === 'number' ? factor * value : value.map((one) => factor * one),
    ]),
  );
}

/** With DAPO's penalty for overlong responses where the specification has one. */
function shapedRewards(
  { tree, rewards_G }: RewardedTree,
  { overlong_tokens: cache }: AdvantageSpec,
  maxTokens: number,
): readonly (number | null)[] {
  if (cache === null) return rewards_G;
  return rewards_G.map((reward, i) => {
    if (reward === null) return null;
    return reward + overlongPenalty(responseTokens(tree, tree.trajectories[i]!.leaf), maxTokens, cache);
  });
}

/** DAPO's soft punishment (arXiv 2503.14476, equation 13): 0 up to `maxTokens - cache` tokens, then falling in a line to -1 at `maxTokens`. */
export function overlongPenalty(tokens: number, maxTokens: number, cache: number): number {
  return Math.max(-1, Math.min(0, (maxTokens - cache - tokens) / cache));
}
