/** Deletes checkpoints of a run, all of them or the newest, and says what keeps it from doing so. */
import { In, IsNull, MoreThan, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { endUses, usersOf } from '../../store/uses.js';

/**
 * To be called with the run locked. Their bytes are freed later, once nothing else refers to them.
 * @param afterStep those of later steps only
 * @returns how many there were
 * @throws {AppError} CHECKPOINT_IN_USE
 */
export async function deleteCheckpoints(manager: EntityManager, runId: string, afterStep = -1): Promise<number> {
  const checkpoints = await manager.find(Checkpoint, {
    select: { id: true },
    where: { runId, step: MoreThan(afterStep), deletedAt: IsNull() },
    lock: { mode: 'pessimistic_write' },
  });
  for (const { id } of checkpoints) {
    const usedBy = await usersOf(manager, id);
    if (usedBy.length > 0) throw new AppError('CHECKPOINT_IN_USE', { checkpointId: id, usedBy });
  }
  const ids = checkpoints.map(({ id }) => id);
  await manager.update(Checkpoint, { id: In(ids) }, { deletedAt: () => 'clock_timestamp()' });
  await endUses(manager, ids);
  return ids.length;
}
