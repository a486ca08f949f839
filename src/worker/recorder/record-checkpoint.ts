/** A checkpoint as a row, and the older ones that it makes superfluous. The bytes are in the blob store before. */
import { In, IsNull, MoreThanOrEqual, type EntityManager } from 'typeorm';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { appendEvent } from '../../store/events.js';
import { noteBestCheckpoint } from '../../store/best-checkpoint.js';
import { newId } from '../../store/ids.js';
import type { StoredFile } from '../../store/shapes.js';
import { endUses, unused } from '../../store/uses.js';
import { registerBlobs } from '../files/stored-files.js';
import type { TrainerMessageOf } from '../trainer/trainer-handler.js';
import type { RecordedRun } from './recorded-run.js';

/**
 * Writes the checkpoint, and deletes training checkpoints beyond the newest `keep` and the best. One of the same step is there already when the trainer
 * stops right after it, or stores it again after a replay: that one may become the final one.
 * @returns whether the run has got further than any checkpoint before
 */
export async function recordCheckpoint(
  manager: EntityManager,
  run: RecordedRun,
  { step, kind, final, metrics, best_step: bestStep }: TrainerMessageOf<'checkpoint'>,
  { files, blobs, keep }: { files: StoredFile[]; blobs: BlobStore; keep: number },
): Promise<boolean> {
  const { id: runId, projectId, attempt } = run;
  const same = await manager.findOneBy(Checkpoint, { runId, step, kind, deletedAt: IsNull() });
  if (same) {
    if (final && !same.final) await manager.update(Checkpoint, same.id, { final });
    return false;
  }
  const isProgress = !(await manager.existsBy(Checkpoint, { runId, step: MoreThanOrEqual(step) }));
  const id = newId('checkpoint');
  const sizeBytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
  await manager.insert(Checkpoint, {
    id,
    projectId,
    runId,
    step,
    kind,
    final,
    metrics,
    bestStep,
    sizeBytes,
    files,
    attempt,
  });
  await registerBlobs(manager, blobs, id, files);
  await prune(manager, runId, keep);
  await manager.query(
    `UPDATE runs SET checkpoints_count = (SELECT count(*) FROM checkpoints WHERE run_id = $1 AND deleted_at IS NULL) WHERE id = $1`,
    [runId],
  );
  await noteBestCheckpoint(manager, runId);
  const isBest = bestStep === step;
  await appendEvent(manager, runId, {
    level: 'info',
    type: 'run.checkpoint',
    message: `Checkpoint after step ${step}${isBest ? ', the best so far' : ''}${final ? ', the last one' : ''}`,
    data: { checkpoint: id, step, kind, final, best: isBest, size_bytes: sizeBytes },
  });
  return isProgress;
}

/**
 * The final one stays, and so do what unfinished work starts from and what was the best when one of the newest was written: a run may go back to that. Two statements, because one sees only what was committed before it began:
 * whoever is about to use a checkpoint holds its row, so first the rows are locked, and then it is looked who uses them. One that is held is
 * left for the next time.
 */
async function prune(manager: EntityManager, runId: string, keep: number): Promise<void> {
  const candidates = await manager.query<{ id: string }[]>(
    `WITH newest AS (
       SELECT id, best_step FROM checkpoints
       WHERE run_id = $1 AND kind = 'training' AND deleted_at IS NULL
       ORDER BY step DESC, id DESC LIMIT $2)
     SELECT c.id FROM checkpoints c
     WHERE c.run_id = $1 AND c.kind = 'training' AND NOT c.final AND c.deleted_at IS NULL
       AND NOT EXISTS (SELECT FROM newest WHERE newest.id = c.id OR newest.best_step = c.step)
     FOR UPDATE OF c SKIP LOCKED`,
    [runId, keep],
  );
  const ids = await unused(
    manager,
    candidates.map(({ id }) => id),
  );
  await manager.update(Checkpoint, { id: In(ids) }, { deletedAt: () => 'clock_timestamp()' });
  await endUses(manager, ids);
}
