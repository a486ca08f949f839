/** How much of a step was lost to tools and rewards that could not do their work. */
import type { EntityManager } from 'typeorm';

/** Share of the step's trajectories that ended in infra_error, 0 to 1; 0 when there are none. */
export async function infraErrorShare(manager: EntityManager, runId: string, step: number): Promise<number> {
  const [row] = await manager.query<{ share: number | null }[]>(
    `SELECT avg((reward_status = 'infra_error')::int)::float8 AS share FROM trajectories WHERE run_id = $1 AND step = $2`,
    [runId, step],
  );
  return row?.share ?? 0;
}
