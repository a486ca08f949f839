/**
 * Rows by their ids, many at a time: what is asked for in one turn of the event loop is one statement, so that a service with many requests in hand
 * waits for PostgreSQL once for all of them. Keeps no rows: what is asked for later is read later. Not for transactions, which have a connection of their own.
 */
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { selectRows, type Also, type With } from './select-rows.js';

interface Batch {
  readonly ids: Set<string>;
  readonly rows: Promise<ReadonlyMap<string, ObjectLiteral>>;
}

/** Those that are being gathered, by what they ask for beside the ids. */
const gathering = new WeakMap<DataSource, Map<string, Batch>>();

export interface BatchedQuery<K extends string> {
  /** What must hold of a row, beside its id; parameters are counted from $2. */
  where: string;
  parameters: readonly string[];
  also?: Also<K>;
}

/** The row with this id that meets the condition. Others may be given the same object: change nothing of it. */
export async function batchedRow<E extends ObjectLiteral & { id: string }, K extends string = never>(
  dataSource: DataSource,
  entity: EntityTarget<E>,
  id: string,
  query: BatchedQuery<K>,
): Promise<With<E, K> | undefined> {
  const { tableName } = dataSource.getMetadata(entity);
  const { where, parameters, also = {} } = query;
  const what = [tableName, where, ...parameters, ...Object.values<string>(also)].join();
  const batches = gathering.get(dataSource) ?? new Map<string, Batch>();
  gathering.set(dataSource, batches);
  const batch = batches.get(what) ?? gathered(dataSource, entity, query, () => batches.delete(what));
  batches.set(what, batch);
  batch.ids.add(id);
  return (await batch.rows).get(id) as With<E, K> | undefined;
}

/** @param close called at the end of this turn: what is asked for from then on is another batch */
function gathered<E extends ObjectLiteral & { id: string }, K extends string>(
  dataSource: DataSource,
  entity: EntityTarget<E>,
  { where, parameters, also }: BatchedQuery<K>,
  close: () => void,
): Batch {
  const ids = new Set<string>();
  const read = async (): Promise<ReadonlyMap<string, ObjectLiteral>> => {
    await endOfTurn();
    close();
    const rows = await selectRows(dataSource.manager, entity, {
      where: `id = ANY($1) AND ${where}`,
      parameters: [[...ids], ...parameters],
      ...(also ? { also } : {}),
    });
    return new Map(rows.map((row) => [row.id, row]));
  };
  return { ids, rows: read() };
}
