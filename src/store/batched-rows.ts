/**
 * Rows by their ids, many at a time: what is asked for in one turn of the event loop, or while `MAX_UNDER_WAY` statements have not been answered, is one
 * statement, so that a service with many requests in hand waits for PostgreSQL once for all of them. Keeps no rows: what is asked for later is read
 * later. Not for transactions, which have a connection of their own.
 */
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { selectRows, type Also, type With } from './select-rows.js';

/** More than one, so that a connection that has fallen silent holds up only a part of what is asked. */
const MAX_UNDER_WAY = 2;

/** Those who ask the same of different rows. */
interface Batches {
  /** The one that can still be joined. */
  gathering: { readonly ids: Set<string>; readonly rows: Promise<ReadonlyMap<string, ObjectLiteral>> } | null;
  /** Statements that have been sent; they settle without an error. */
  readonly underWay: Set<Promise<unknown>>;
}

/** By what is asked for beside the ids; only those with something gathering or under way. */
const batchesOf = new WeakMap<DataSource, Map<string, Batches>>();

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
  const all = batchesOf.get(dataSource) ?? new Map<string, Batches>();
  batchesOf.set(dataSource, all);
  const batches = all.get(what) ?? { gathering: null, underWay: new Set() };
  all.set(what, batches);
  batches.gathering ??= gathered(batches, dataSource, entity, query, () => all.delete(what));
  batches.gathering.ids.add(id);
  return (await batches.gathering.rows).get(id) as With<E, K> | undefined;
}

/** @param done called when nothing is gathering or under way */
function gathered<E extends ObjectLiteral & { id: string }, K extends string>(
  batches: Batches,
  dataSource: DataSource,
  entity: EntityTarget<E>,
  { where, parameters, also }: BatchedQuery<K>,
  done: () => void,
): NonNullable<Batches['gathering']> {
  const { underWay } = batches;
  const ids = new Set<string>();
  const read = async (): Promise<ReadonlyMap<string, ObjectLiteral>> => {
    await endOfTurn();
    while (underWay.size >= MAX_UNDER_WAY) await Promise.race(underWay);
    // What is asked for from here on may have been changed since the statement: it is another batch.
    batches.gathering = null;
    const answer = selectRows(dataSource.manager, entity, {
      where: `id = ANY($1) AND ${where}`,
      parameters: [[...ids], ...parameters],
      ...(also ? { also } : {}),
    });
    const settled = Promise.allSettled([answer]);
    underWay.add(settled);
    await settled;
    underWay.delete(settled);
    if (underWay.size === 0 && batches.gathering === null) done();
    return new Map((await answer).map((row) => [row.id, row]));
  };
  return { ids, rows: read() };
}
