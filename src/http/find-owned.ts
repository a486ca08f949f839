/** Finds an object by its id, if it belongs to the project and has not been deleted. Everything else does not exist, as far as a key can tell. */
import type { EntityManager, EntityTarget } from 'typeorm';
import { AppError } from '../errors/app-error.js';
import type { ObjectKind } from '../errors/error-table.js';
import { batchedRow } from '../store/batched-rows.js';
import { selectRows, type Also, type With } from '../store/select-rows.js';

interface Owned {
  id: string;
  projectId: string;
  deletedAt?: Date | null;
}

interface FindOptions<K extends string> {
  /** Keeps the row from changing until the transaction ends. */
  lock?: boolean;
  /** What else to select. */
  also?: Also<K>;
  /** The field of the body that names the object, where its id is not in the path. */
  param?: string;
}

/** @throws {AppError} NOT_FOUND */
export async function findOwned<E extends Owned, K extends string = never>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  object: ObjectKind,
  { projectId, id }: { projectId: string; id: string },
  { lock = false, also, param }: FindOptions<K> = {},
): Promise<With<E, K>> {
  const deletable = manager.connection.getMetadata(entity).findColumnWithPropertyName('deletedAt') !== undefined;
  const owned = `project_id = $2${deletable ? ' AND deleted_at IS NULL' : ''}`;
  const more = also ? { also } : {};
  const where = `id = $1 AND ${owned}${lock ? ' FOR UPDATE' : ''}`;
  const found = manager.queryRunner
    ? (await selectRows(manager, entity, { where, parameters: [id, projectId], ...more }))[0]
    : await batchedRow(manager.connection, entity, id, { where: owned, parameters: [projectId], ...more });
  if (!found) throw new AppError('NOT_FOUND', { object, id, ...(param === undefined ? {} : { param }) });
  return found;
}
