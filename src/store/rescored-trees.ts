/** Which trees of a run a rescore is about, and which of their trajectories. */
import { Between, In, MoreThan, MoreThanOrEqual, Not, type EntityManager } from 'typeorm';
import type { ResolvedRescoreSpec } from '../spec/rescore-spec.js';
import { Trajectory } from './entities/trajectory.entity.js';
import { Tree } from './entities/tree.entity.js';

type Steps = Pick<ResolvedRescoreSpec, 'from_step' | 'to_step'>;

const stepsOf = ({ from_step, to_step }: Steps) =>
  to_step === null ? MoreThanOrEqual(from_step) : Between(from_step, to_step);

/** Those that the run had scored, or tried to. */
const CAN_BE_SCORED = { rewardStatus: In(['scored', 'infra_error']), finishReason: Not('infra_error' as const) };

/** In the order in which they were sampled, those after one of them. */
export function rescoredTrees(
  manager: EntityManager,
  runId: string,
  steps: Steps,
  { after, limit }: { after: string; limit: number },
): Promise<Tree[]> {
  const where = { runId, step: stepsOf(steps), id: MoreThan(after) };
  return manager.find(Tree, { where, order: { id: 'ASC' }, take: limit });
}

/** Of a tree, in order. */
export function rescoredTrajectories(manager: EntityManager, treeId: string): Promise<Trajectory[]> {
  return manager.find(Trajectory, { where: { treeId, ...CAN_BE_SCORED }, order: { index: 'ASC' } });
}

/** How many there are in all trees. */
export function countRescored(manager: EntityManager, runId: string, steps: Steps): Promise<number> {
  return manager.countBy(Trajectory, { runId, step: stepsOf(steps), ...CAN_BE_SCORED });
}
