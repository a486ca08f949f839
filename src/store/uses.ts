/** Who uses what: the one table that deletions, claims, the pruning of checkpoints and the sweep of blobs go by. */
import type { EntityManager } from 'typeorm';
import { idKind } from './ids.js';

/**
 * Notes that `userId` uses these models, checkpoints and datasets. To be called in the transaction that writes the user's row, which holds the
 * rows of what is used (`referenceProblems`).
 */
export async function recordUses(manager: EntityManager, userId: string, usedIds: readonly string[]): Promise<void> {
  for (const usedId of usedIds) await record(manager, userId, idKind(usedId), usedId);
}

/** Notes that the files of `userId` have these bytes, in the transaction that writes its row: the sweep then leaves them. */
export async function recordBlobUse(manager: EntityManager, userId: string, sha256: string): Promise<void> {
  await record(manager, userId, 'blob', sha256);
}

async function record(manager: EntityManager, userId: string, usedKind: string, usedId: string): Promise<void> {
  await manager.query(
    `INSERT INTO uses (user_kind, user_id, used_kind, used_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (user_id, used_id) DO UPDATE SET ended_at = NULL`,
    [idKind(userId), userId, usedKind, usedId],
  );
}

/** Ends all uses of what is being deleted, in that transaction. Its bytes stay for a while: they may be under way to a client. */
export async function endUses(manager: EntityManager, userIds: readonly string[]): Promise<void> {
  await manager.query('UPDATE uses SET ended_at = clock_timestamp() WHERE user_id = ANY($1) AND ended_at IS NULL', [
    userIds,
  ]);
}

/** Ends the uses of all bytes but these: what the object was made from, and what an attempt before has left. */
export async function keepBlobUses(manager: EntityManager, userId: string, sha256s: readonly string[]): Promise<void> {
  await manager.query(
    `UPDATE uses SET ended_at = clock_timestamp()
     WHERE user_id = $1 AND used_kind = 'blob' AND NOT used_id = ANY($2) AND ended_at IS NULL`,
    [userId, sha256s],
  );
}

/** A use counts while its user is being worked on. A preview is only a question, and a model that is talked with is made already: both keep nothing from being deleted. */
const IN_USE = `uses.ended_at IS NULL AND uses.user_kind <> 'preview'
  AND EXISTS (SELECT FROM jobs WHERE jobs.subject_id = uses.user_id AND jobs.kind <> 'model.serve' AND jobs.status IN ('queued', 'claimed', 'paused'))`;

/** The runs, evaluations, models and exports, at most ten, that are being worked on with this model, checkpoint or dataset. */
export async function usersOf(manager: EntityManager, usedId: string): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT user_id AS id FROM uses WHERE used_id = $1 AND ${IN_USE} ORDER BY user_id LIMIT 10`,
    [usedId],
  );
  return rows.map(({ id }) => id);
}

/** Those of these checkpoints that nothing is being worked on with. Whoever deletes them has locked their rows in a statement before. */
export async function unused(manager: EntityManager, ids: readonly string[]): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT DISTINCT used_id AS id FROM uses WHERE used_id = ANY($1) AND ${IN_USE}`,
    [ids],
  );
  const used = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !used.has(id));
}

/** An SQL condition on a job `j`: whether anything that its subject uses is still being made. */
export const WAITS_FOR_INPUTS = `EXISTS (
  SELECT FROM uses WHERE uses.user_id = j.subject_id
    AND (EXISTS (SELECT FROM datasets WHERE id = uses.used_id AND status = 'processing')
      OR EXISTS (SELECT FROM models WHERE id = uses.used_id AND status = 'processing')))`;

/** The sha256 of all bytes that are used, or were until `graceS` seconds ago. Forgets what ended before. */
export async function usedBlobs(manager: EntityManager, graceS: number): Promise<Set<string>> {
  await manager.query('DELETE FROM uses WHERE ended_at <= clock_timestamp() - make_interval(secs => $1)', [graceS]);
  const rows = await manager.query<{ sha256: string }[]>(
    `SELECT DISTINCT used_id AS sha256 FROM uses WHERE used_kind = 'blob'`,
  );
  return new Set(rows.map(({ sha256 }) => sha256));
}
