/** Which trees of a run a rescore is about. */
import { And, LessThanOrEqual, MoreThan, MoreThanOrEqual, type EntityManager } from 'typeorm';
import type { ResolvedRescoreSpec } from '../spec/rescore-spec.js';
import { Tree } from './entities/tree.entity.js';

type Steps = Pick<ResolvedRescoreSpec, 'from_step' | 'to_step'>;

const stepsOf = ({ from_step, to_step }: Steps) =>
  And(MoreThanOrEqual(from_step), LessThanOrEqual(to_step ?? 2 ** 31 - 1));

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

/** How many of their trajectories can be scored again: those that the run had scored, or tried to. */
export async function countRescored(
  manager: EntityManager,
  runId: string,
  { from_step, to_step }: Steps,
): Promise<number> {
  const [row] = await manager.query<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM trajectories
     WHERE run_id = $1 AND step BETWEEN $2 AND $3 AND reward_status <> 'masked' AND finish_reason <> 'infra_error'`,
    [runId, from_step, to_step ?? 2 ** 31 - 1],
  );
  return row?.count ?? 0;
}
