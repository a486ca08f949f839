/** Deletes rescores with their items, and stops those that are under way. */
import { In, type EntityManager } from 'typeorm';
import { Rescore } from './entities/rescore.entity.js';
import { cancelJob, deleteJob } from './jobs.js';
import { endUses } from './uses.js';

/** A job is locked before its row, as the worker does it. */
export async function deleteRescores(manager: EntityManager, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const outcome = await cancelJob(manager, 'run.rescore', id);
    // The worker that still holds the job ends it, and finds nothing to write to.
    if (outcome !== 'asked') await deleteJob(manager, 'run.rescore', id);
  }
  await manager.delete(Rescore, { id: In([...ids]) });
  await endUses(manager, ids);
}

/** Those of a run that is being deleted. */
export async function deleteRescoresOf(manager: EntityManager, runId: string): Promise<void> {
  const rescores = await manager.find(Rescore, { select: { id: true }, where: { runId } });
  await deleteRescores(
    manager,
    rescores.map(({ id }) => id),
  );
}
