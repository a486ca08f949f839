/** Warnings that come up while something is carried out, beside those that its spec had. */
import type { EntityManager } from 'typeorm';
import { storableText } from './storable-text.js';

/** Where the reader is better served by the events. */
const MAX_WARNINGS = 50;

/** Once each, however often it is said. */
export async function addWarning(
  manager: EntityManager,
  table: 'evaluations' | 'runs',
  id: string,
  message: string,
): Promise<void> {
  const warning = JSON.stringify([storableText(message)]);
  await manager.query(
    `UPDATE ${table} SET warnings = warnings || $2::jsonb
     WHERE id = $1 AND NOT warnings @> $2::jsonb AND jsonb_array_length(warnings) < ${MAX_WARNINGS}`,
    [id, warning],
  );
}
