/** Lists with keyset cursors: `after` names the last object of the page before, so that pages neither skip nor repeat when rows are added. */
import type { EntityManager, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.js';
import { rowsOf, type Also, type With } from '../../store/select-rows.js';
import { ID_PREFIXES, idPattern, type IdKind } from '../../store/ids.js';
import { MAX_INT } from './common.schema.js';
import { wholeNumber } from '../request/query.schema.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

const limit = (fallback: number, max: number) =>
  wholeNumber(1, max).default(fallback).describe(`Objects per page, at most ${max}.`);

/** The query field of every list that says how long a page is. */
export const pageLimit = limit(DEFAULT_LIMIT, MAX_LIMIT);

/** Query fields of a list whose cursor is the id of an object of this kind. */
export function pageFields(kind: IdKind) {
  const message = `must be the last_id of a page: an id that starts with ${ID_PREFIXES[kind]}_`;
  return {
    after: z.string().regex(idPattern(kind), message).optional().describe('Cursor: `last_id` of the page before.'),
    limit: pageLimit,
    order: z.enum(['asc', 'desc']).default('desc').describe('By time of creation.'),
  };
}

/** Query fields of a list that is read from its beginning, with a number as cursor. */
export const sequenceFields = {
  after: wholeNumber(-1, MAX_INT).optional().describe('Cursor: `last_id` of the page before.'),
  limit: pageLimit,
  order: z.enum(['asc', 'desc']).default('asc'),
};

/** As `sequenceFields`, for rows so small that many fit on a page. */
export const longSequenceFields = { ...sequenceFields, limit: limit(1000, 10_000) };

/** The query of a list of objects of this kind that takes no other fields. */
export function pageQuery(kind: IdKind) {
  return z.strictObject(pageFields(kind));
}
export type PageQuery = z.infer<ReturnType<typeof pageQuery>>;

export interface Page<T> {
  object: 'list';
  data: T[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

/** The schema of a page of these objects. */
export function pageOf<T extends z.ZodType>(item: T, id: string) {
  return z
    .object({
      object: z.literal('list'),
      data: z.array(item),
      first_id: z.string().nullable().describe('Cursor of the first object here.'),
      last_id: z.string().nullable().describe('Cursor of the last object here: `after` of the next page.'),
      has_more: z.boolean(),
    })
    .meta({ id });
}

/**
 * Reads one page.
 * @param query with its filters set; `column` is compared with the cursor and must be unique within them
 * @param also what else to select
 */
export async function readPage<E extends ObjectLiteral, K extends string = never>(
  query: SelectQueryBuilder<E>,
  column: string,
  { after, limit: size, order }: { after?: string | number | undefined; limit: number; order: 'asc' | 'desc' },
  also?: Also<K>,
): Promise<{ rows: With<E, K>[]; hasMore: boolean }> {
  const field = `${query.alias}.${column}`;
  if (after !== undefined) query.andWhere(`${field} ${order === 'asc' ? '>' : '<'} :after`, { after });
  query.orderBy(field, order === 'asc' ? 'ASC' : 'DESC').limit(size + 1);
  const rows = await rowsOf(query, also);
  return { rows: rows.slice(0, size), hasMore: rows.length > size };
}

/** Objects of one run that are listed by their id. */
interface OfRun {
  id: string;
  projectId: string;
  runId: string;
}

/**
 * Refuses a cursor that is of another run's list. One whose object is gone is taken: pages go on behind what has been deleted.
 * @throws {AppError} INVALID_REQUEST
 */
export async function checkCursorOfRun<E extends OfRun>(
  manager: EntityManager,
  entity: EntityTarget<E>,
  { projectId, runId }: { projectId: string; runId: string },
  after: string | undefined,
): Promise<void> {
  if (after === undefined) return;
  const found = await manager
    .createQueryBuilder(entity, 'row')
    .select('row.runId', 'run')
    .where('row.id = :after AND row.projectId = :projectId', { after, projectId })
    .getRawOne<{ run: string }>();
  if (found && found.run !== runId) {
    throw AppError.invalid('after', `${after} is of ${found.run}: give the last_id of a page of ${runId}`);
  }
}

/** A page as it is answered. `cursor` of a shown object is what `after` takes. */
export function page<T>(data: T[], hasMore: boolean, cursor: (item: T) => string | number): Page<T> {
  const first = data[0];
  const last = data.at(-1);
  return {
    object: 'list',
    data,
    first_id: first === undefined ? null : String(cursor(first)),
    last_id: last === undefined ? null : String(cursor(last)),
    has_more: hasMore,
  };
}
