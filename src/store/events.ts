/** The one way to write to a run's event log. Reading it is the API's business. */
import type { EntityManager } from 'typeorm';
import { WEBHOOK_EVENT_TYPES, type EventLevel, type EventType, type WebhookEventType } from '../spec/enums.js';
import { newId } from './ids.js';
import { announce } from './webhooks.js';

/** PostgreSQL channel on which every new event is announced; the payload is the run's id. */
export const EVENTS_CHANNEL = 'bough_events';

/** PostgreSQL channel on which a change of a job (its cancellation) is announced; the payload is the job's id. */
export const JOBS_CHANNEL = 'bough_jobs';

export interface NewEvent {
  level: EventLevel;
  type: EventType;
  /** One sentence for a person. */
  message: string;
  data?: Record<string, unknown>;
}

/**
 * Appends an event in the caller's transaction, which should be the one that changes the run. The row lock on the run makes sequences
 * gapless and in order of commit; listeners are told when the transaction commits, and webhooks of what they can be told of.
 * @returns the event's sequence within the run, from 1
 * @throws when the run does not exist
 */
export async function appendEvent(manager: EntityManager, runId: string, event: NewEvent): Promise<number> {
  const rows = await manager.query<{ sequence: string; projectId: string }[]>(
    `WITH counter AS (
       UPDATE runs SET event_sequence = event_sequence + 1 WHERE id = $1 RETURNING id, project_id, event_sequence
     )
     INSERT INTO run_events (id, project_id, run_id, sequence, level, type, message, data)
     SELECT $2, project_id, id, event_sequence, $3, $4, $5, $6 FROM counter
     RETURNING sequence, project_id AS "projectId"`,
    [runId, newId('event'), event.level, event.type, event.message, JSON.stringify(event.data ?? {})],
  );
  const row = rows[0];
  if (!row) throw new Error(`run ${runId} does not exist`);
  await manager.query('SELECT pg_notify($1, $2)', [EVENTS_CHANNEL, runId]);
  if (isForWebhooks(event.type)) await announceRun(manager, row.projectId, runId, event.type, event);
  return Number(row.sequence);
}

function isForWebhooks(type: EventType): type is EventType & WebhookEventType {
  return (WEBHOOK_EVENT_TYPES as readonly string[]).includes(type);
}

async function announceRun(
  manager: EntityManager,
  projectId: string,
  id: string,
  type: WebhookEventType,
  { message }: NewEvent,
): Promise<void> {
  const [run] = await manager.query<Record<string, unknown>[]>(
    'SELECT name, status, error, metadata FROM runs WHERE id = $1',
    [id],
  );
  await announce(manager, projectId, type, { id, object: 'run', ...run, message });
}
