import type { EntityManager } from 'typeorm';

/**
 * Deletes the previews of more than a day ago, and the jobs of those that are gone. A preview that is still being made stays until it is not,
 * and so does a job.
 */
export async function deleteOldPreviews(manager: EntityManager): Promise<void> {
  await manager.query(
    `DELETE FROM run_previews WHERE created_at < now() - interval '24 hours' AND status <> 'processing'`,
  );
  await manager.query(
    `DELETE FROM jobs WHERE kind = 'run.preview' AND status NOT IN ('queued', 'claimed')
       AND NOT EXISTS (SELECT FROM run_previews WHERE id = jobs.subject_id)`,
  );
}
