/** The limits of projects where they are met: work that is refused, and work that waits for tomorrow. How many runs are worked on is the claim's affair. */
import type { EntityManager } from 'typeorm';
import { AppError } from '../errors/app-error.js';
import type { ProjectLimits } from '../spec/project-limits.js';
import type { JobKind } from './entities/job.entity.js';
import { storedBy, TODAY } from './usage.js';

/** What leaves bytes behind that stay. */
const STORES: readonly JobKind[] = ['dataset.import', 'model.create', 'model.import', 'model.export', 'run.train'];

/** What samples tokens. */
export const SAMPLES: readonly JobKind[] = ['run.train', 'run.preview', 'evaluation.run'];

/**
 * Refuses work for a project that has stored as much as it may, with what the transaction has written already. Whoever asks at the same time waits, so
 * that no two get the room of one.
 * @throws {AppError} QUOTA_REACHED
 */
export async function checkStorage(manager: EntityManager, projectId: string, kind: JobKind): Promise<void> {
  if (!STORES.includes(kind)) return;
  const [project] = await manager.query<{ limits: Partial<ProjectLimits> }[]>(
    `SELECT limits FROM projects WHERE id = $1 AND (limits ? 'stored_bytes' OR limits ? 'dataset_rows') FOR NO KEY UPDATE`,
    [projectId],
  );
  if (!project) return;
  const { stored_bytes, dataset_rows } = project.limits;
  const { bytes, rows } = await storedBy(manager, projectId);
  if (stored_bytes != null && bytes > stored_bytes) {
    throw new AppError('QUOTA_REACHED', { quota: 'stored_bytes', used: bytes, limit: stored_bytes });
  }
  if (kind === 'dataset.import' && dataset_rows != null && rows >= dataset_rows) {
    throw new AppError('QUOTA_REACHED', { quota: 'dataset_rows', used: rows, limit: dataset_rows });
  }
}

/**
 * Refuses what would sample for a project that may sample no more today. Jobs wait instead: see `SAMPLED_ENOUGH`.
 * @throws {AppError} QUOTA_REACHED
 */
export async function checkSampling(manager: EntityManager, projectId: string): Promise<void> {
  const [today] = await manager.query<{ used: number; limit: number }[]>(
    `SELECT today.sampled_tokens::float8 AS used, (p.limits ->> 'sampled_tokens_per_day')::float8 AS "limit"
     FROM projects AS p JOIN project_usage AS today ON today.project_id = p.id AND today.day = ${TODAY}
     WHERE p.id = $1 AND today.sampled_tokens >= (p.limits ->> 'sampled_tokens_per_day')::float8`,
    [projectId],
  );
  if (today) throw new AppError('QUOTA_REACHED', { quota: 'sampled_tokens_per_day', ...today });
}

/** How many rows a dataset of the project may have, and why; null: as many as it has. */
export async function roomForRows(
  manager: EntityManager,
  projectId: string,
): Promise<{ rows: number; limit: number } | null> {
  const [project] = await manager.query<{ limit: number | null }[]>(
    `SELECT (limits ->> 'dataset_rows')::float8 AS "limit" FROM projects WHERE id = $1`,
    [projectId],
  );
  if (project?.limit == null) return null;
  const { rows } = await storedBy(manager, projectId);
  return { rows: Math.max(0, project.limit - rows), limit: project.limit };
}

/** An SQL condition on a row `p` of `projects`: it may sample no more today. */
export const SAMPLED_ENOUGH = `EXISTS (
  SELECT FROM project_usage AS today
   WHERE today.project_id = p.id AND today.day = ${TODAY}
     AND today.sampled_tokens >= (p.limits ->> 'sampled_tokens_per_day')::float8)`;
