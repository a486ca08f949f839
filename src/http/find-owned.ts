/** Finds an object by its id, if it belongs to the project and has not been deleted. Everything else does not exist, as far as a key can tell. */
import { IsNull, type EntityManager, type EntityTarget, type FindOptionsWhere } from 'typeorm';
import { AppError } from '../errors/app-error.js';
import type { ObjectKind } from '../errors/error-table.js';

interface Owned {
  id: string;
  projectId: string;
  deletedAt?: Date | null;
}

interface FindOptions {
  /** Keeps the row from changing until the transaction ends. */
  lock?: boolean;
}

/** @throws {AppError} NOT_FOUND */
export async function findOwned<E extends Owned>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  object: ObjectKind,
  { projectId, id }: { projectId: string; id: string },
  { lock = false }: FindOptions = {},
): Promise<E> {
  const deletable = manager.connection.getMetadata(entity).findColumnWithPropertyName('deletedAt') !== undefined;
  const where = { id, projectId, ...(deletable ? { deletedAt: IsNull() } : {}) } as FindOptionsWhere<E>;
  const found = await manager.findOne(entity, {
    where,
    ...(lock ? { lock: { mode: 'pessimistic_write' as const } } : {}),
  });
  if (!found) throw new AppError('NOT_FOUND', { object, id });
  return found;
}
