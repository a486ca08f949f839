import type { EntityManager } from 'typeorm';
import { deleteJobsOfGonePreviews } from '../../store/jobs.js';
import { endUses } from '../../store/uses.js';

/**
 * Deletes the previews of more than a day ago, and the jobs of those that are gone. A preview that is still being made stays until it is not,
 * and so does a job.
 */
export async function deleteOldPreviews(manager: EntityManager): Promise<void> {
  const gone = await manager.query<{ id: string }[]>(
    `WITH gone AS (
       DELETE FROM run_previews WHERE created_at < now() - interval '24 hours' AND status <> 'processing' RETURNING id
     )
     SELECT id FROM gone`,
  );
  await endUses(
    manager,
    gone.map(({ id }) => id),
  );
  await deleteJobsOfGonePreviews(manager);
}
