/** Which of a run's checkpoints is the best, as its trainer said when it wrote the newest one. */
import type { EntityManager } from 'typeorm';

/** To be called in the transaction that writes or deletes a checkpoint. The run has none where the best was deleted. */
export async function noteBestCheckpoint(manager: EntityManager, runId: string): Promise<void> {
  await manager.query(
    `UPDATE runs SET best_checkpoint = (
       SELECT jsonb_build_object('id', best.id, 'step', best.step, 'metric', metric, 'value', best.metrics -> metric)
       FROM (SELECT best_step FROM checkpoints WHERE run_id = $1 AND kind = 'training' AND deleted_at IS NULL
             ORDER BY step DESC, id DESC LIMIT 1) AS newest
       JOIN checkpoints AS best
         ON best.run_id = $1 AND best.kind = 'training' AND best.step = newest.best_step AND best.deleted_at IS NULL,
       concat('eval/', spec #>> '{evaluation,best,set}', '/', spec #>> '{evaluation,best,metric}') AS metric)
     WHERE id = $1`,
    [runId],
  );
}
