/** Inserts one row and answers it with the columns that PostgreSQL filled in. */
import type { DeepPartial, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

export async function insertRow<E extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  row: Partial<E>,
): Promise<E> {
  const made = manager.create(entity, row as DeepPartial<E>);
  await manager.insert(entity, made);
  return made;
}
