/** Finds the run that made a checkpoint, for what an evaluation takes over from it. */
import type { EntityManager } from 'typeorm';
import { isSupervised, type ResolvedRunSpec } from '../../spec/run-spec.js';

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
  const [run] = await manager.query<Pick<Maker, 'id' | 'spec'>[]>(
    `SELECT runs.id, runs.spec FROM checkpoints JOIN runs ON runs.id = checkpoints.run_id
     WHERE checkpoints.id = $1 AND checkpoints.project_id = $2 AND checkpoints.deleted_at IS NULL`,
    [checkpointId, projectId],
  );
  if (!run) return null;
  return { ...run, sawToolResults: isSupervised(run.spec) && (await haveToolResults(manager, run.spec.dataset)) };
}

async function haveToolResults(manager: EntityManager, datasetId: string): Promise<boolean> {
  const found = await manager.query<unknown[]>(
    `SELECT FROM dataset_examples
     WHERE dataset_id = $1 AND index < $2 AND data -> 'messages' @> '[{"role": "tool"}]' LIMIT 1`,
    [datasetId, LOOKED_AT],
  );
  return found.length > 0;
}
