/**
 * GiGPO's second level (arXiv 2505.10978): the steps of a group that set out from the same state are compared with each other. A step is what the policy writes
 * between two tool results; its state is what it has just read, the prompt or a result. Pure.
 */
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { pathTo } from '../trees/tree.js';
import { compare, type RewardedTree } from './estimators.js';

/** What each trajectory's step is worth beside others from its state, by the index of its segment; null where a trajectory takes no part. */
export type StepAdvantages = (ReadonlyMap<number, number> | null)[];

interface Step {
  trajectory: number;
  segment: number;
  /** γ^(steps that follow) R. */
  value: number;
}

/**
 * Returns of all steps of the group by their state, then the specification's estimator within each: 0 for a step that is alone in its state.
 * A segment that several trajectories share is a step of each of them.
 * @param stateOf names the state before a trajectory's segment; by default what the segment follows
 */
export function stepAdvantages(
  { tree, rewards_G }: RewardedTree,
  { estimator, step_discount: discount }: PolicyRunSpec['advantage'],
  stateOf = (_trajectory: number, segment: number): string => {
    const parent = tree.segments[tree.segments[segment]!.parent!]!;
    return `${parent.kind} ${parent.text}`;
  },
): StepAdvantages {
  const advantages: (Map<number, number> | null)[] = rewards_G.map((reward) => (reward === null ? null : new Map()));
  const byState = new Map<string, Step[]>();
  tree.trajectories.forEach(({ leaf }, trajectory) => {
    const reward = rewards_G[trajectory];
    if (reward === null || reward === undefined) return;
    const steps = pathTo(tree, leaf).filter((segment) => tree.segments[segment]!.kind === 'model');
    steps.forEach((segment, t) => {
      const state = stateOf(trajectory, segment);
      const step = { trajectory, segment, value: reward * discount ** (steps.length - 1 - t) };
      const sameState = byState.get(state);
      if (sameState) sameState.push(step);
      else byState.set(state, [step]);
    });
  });
  for (const steps of byState.values()) {
    const values = compare(
      steps.map(({ value }) => value),
      estimator,
    );
    steps.forEach(({ trajectory, segment }, i) => advantages[trajectory]!.set(segment, values[i]!));
  }
  return advantages;
}
