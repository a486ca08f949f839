/** Finds the run that made a checkpoint, for what an evaluation takes over from it. */
import type { EntityManager } from 'typeorm';
import type { ResolvedRunSpec } from '../../spec/run-spec.js';

/** The run that made the checkpoint. */
export interface Maker {
  id: string;
  spec: ResolvedRunSpec;
  /** Whether it learnt from demonstrations in which tools answer. */
  sawToolResults: boolean;
}

/** Demonstrations that are looked at for tool results: those of one dataset are of a kind. */
const LOOKED_AT = 1000;

/** Null when there is no such checkpoint, which its reference reports. */
export async function makerOf(manager: EntityManager, projectId: string, checkpointId: string): Promise<Maker | null> {
  const [maker] = await manager.query<Maker[]>(
    `SELECT runs.id, runs.spec, runs.method = 'sft' AND EXISTS (
         SELECT FROM dataset_examples AS example
         WHERE example.dataset_id = runs.dataset_id AND example.index < $3
           AND example.data -> 'messages' @> '[{"role": "tool"}]'
       ) AS "sawToolResults"
     FROM checkpoints JOIN runs ON runs.id = checkpoints.run_id
     WHERE checkpoints.id = $1 AND checkpoints.project_id = $2 AND checkpoints.deleted_at IS NULL`,
    [checkpointId, projectId, LOOKED_AT],
  );
  return maker ?? null;
}
