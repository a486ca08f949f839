/**
 * Inserts many rows in as few statements as may be, and reads nothing back. The mapper builds a statement of many rows slower than PostgreSQL carries it out, and one of more
 * values than the protocol can number fails.
 */
import type { EntityManager, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';

/** Of one statement: what the protocol can number. */
const MAX_VALUES = 65_535;

/** @param rows all with the same properties; columns that they do not name have their defaults */
export async function insertRows<E extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  rows: readonly Partial<E>[],
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const metadata = manager.connection.getMetadata(entity);
  const columns = metadata.columns.filter(({ propertyName }) => propertyName in first);
  const names = columns.map(({ databaseName }) => `"${databaseName}"`).join(', ');
  const atOnce = Math.floor(MAX_VALUES / columns.length);
  for (let start = 0; start < rows.length; start += atOnce) {
    const part = rows.slice(start, start + atOnce);
    const places = part.map((_, row) => `(${columns.map((__, i) => `$${row * columns.length + i + 1}`).join(', ')})`);
    const text = `INSERT INTO "${metadata.tableName}" (${names}) VALUES ${places.join(', ')}`;
    await manager.query(
      text,
      part.flatMap((row) => columns.map((column) => valueOf(row, column))),
    );
  }
}

/** As the driver takes it: it would make an array of PostgreSQL of one that is to be JSON. */
function valueOf(row: Partial<ObjectLiteral>, { propertyName, type }: EntityMetadata['columns'][number]): unknown {
  const value: unknown = row[propertyName];
  return type === 'jsonb' && value !== null && value !== undefined ? JSON.stringify(value) : value;
}
