/**
 * Rows of an entity's table as plain objects with the entity's properties. For reading only: the mapper builds its statement and its objects anew
 * for each request, which costs more than PostgreSQL takes to answer.
 */
import { hash } from 'node:crypto';
import type { Pool } from 'pg';
import type {
  DataSource,
  EntityManager,
  EntityMetadata,
  EntityTarget,
  ObjectLiteral,
  SelectQueryBuilder,
} from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/** SQL expressions that are selected beside an entity's columns, by the property under which their values come. */
export type Also<K extends string> = Readonly<Record<K, string>>;
/** An entity, and beside its properties the values of such expressions. */
export type With<E, K extends string> = E & Record<K, unknown>;
type RawRow = Record<string, unknown>;

const selectLists = new WeakMap<EntityMetadata, string>();

/** The rows that a query finds. The query selects one entity, without relations. */
export async function rowsOf<E extends ObjectLiteral, K extends string = never>(
  query: SelectQueryBuilder<E>,
  also?: Also<K>,
): Promise<With<E, K>[]> {
  for (const [name, expression] of Object.entries<string>(also ?? {})) query.addSelect(expression, name);
  const { alias } = query;
  const columns = query.expressionMap.mainAlias?.metadata.columns ?? [];
  const rows = await query.getRawMany<RawRow>();
  return rows.map((row) => made(row, columns, (column) => `${alias}_${column.databaseName}`, also) as With<E, K>);
}

/**
 * The rows that meet a condition, by a statement whose text is the same each time.
 * @param condition what follows WHERE; columns may be qualified with the table's name
 */
export async function selectRows<E extends ObjectLiteral, K extends string = never>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  { where, parameters, also }: { where: string; parameters: unknown[]; also?: Also<K> },
): Promise<With<E, K>[]> {
  const metadata = manager.connection.getMetadata(entity);
  const more = Object.entries<string>(also ?? {}).map(([name, expression]) => `, ${expression} AS "${name}"`);
  const text = `SELECT ${selectListOf(metadata)}${more.join('')} FROM "${metadata.tableName}" WHERE ${where}`;
  const rows = manager.queryRunner
    ? await manager.query<RawRow[]>(text, parameters)
    : await prepared(manager.connection, text, parameters);
  return rows.map((row) => made(row, metadata.columns, (column) => column.databaseName, also) as With<E, K>);
}

/** From the pool itself, by a statement that each connection parses once: the mapper would send it whole each time. */
async function prepared({ driver }: DataSource, text: string, values: unknown[]): Promise<RawRow[]> {
  const pool = (driver as PostgresDriver).master as Pool;
  return (await pool.query<RawRow>({ name: hash('sha1', text), text, values })).rows;
}

function selectListOf(metadata: EntityMetadata): string {
  const known = selectLists.get(metadata);
  if (known !== undefined) return known;
  const list = metadata.columns.map(({ databaseName }) => `"${metadata.tableName}"."${databaseName}"`).join(', ');
  selectLists.set(metadata, list);
  return list;
}

function made(
  row: RawRow,
  columns: EntityMetadata['columns'],
  nameOf: (column: EntityMetadata['columns'][number]) => string,
  also: Also<string> = {},
): RawRow {
  const object: RawRow = {};
  for (const column of columns) {
    const value = row[nameOf(column)];
    const { transformer } = column;
    object[column.propertyName] = transformer && 'from' in transformer ? transformer.from(value) : value;
  }
  for (const name of Object.keys(also)) object[name] = row[name];
  return object;
}
