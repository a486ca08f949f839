/** What each question of an evaluation belongs to, by the field of its metadata that the evaluation names. */
import type { EntityManager } from 'typeorm';
import type { ResolvedEvaluationSpec } from '../../spec/evaluation-spec.js';

/** By the index of the example, those alone that have the field; null: no field is named. */
export async function categoriesOf(
  manager: EntityManager,
  { category, dataset }: ResolvedEvaluationSpec,
): Promise<ReadonlyMap<number, string> | null> {
  if (category === null) return null;
  // A name with a point may be a field of that name, or a field of an object.
  const rows = await manager.query<{ index: number; category: string }[]>(
    `SELECT index, category FROM (
       SELECT index, coalesce(data -> 'metadata' ->> $2, data -> 'metadata' #>> string_to_array($2, '.')) AS category
       FROM dataset_examples WHERE dataset_id = $1) found
     WHERE category IS NOT NULL`,
    [dataset, category],
  );
  return new Map(rows.map((row) => [row.index, row.category]));
}
