/** Events for webhooks: written with what they tell of, and taken by whoever sends them. Sends nothing. */
import type { EntityManager } from 'typeorm';
import type { WebhookEventType } from '../spec/enums.js';
import type { Webhook } from './entities/webhook.entity.js';
import type { WebhookDelivery } from './entities/webhook-delivery.entity.js';
import { newId } from './ids.js';

/** Puts a delivery down for each webhook of the project that wants to hear of this, in the transaction that makes it so. */
export async function announce(
  manager: EntityManager,
  projectId: string,
  type: WebhookEventType,
  data: Record<string, unknown>,
): Promise<void> {
  const webhooks = await manager.query<{ id: string }[]>(
    'SELECT id FROM webhooks WHERE project_id = $1 AND $2 = ANY(events) AND disabled_at IS NULL',
    [projectId, type],
  );
  const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
  for (const { id } of webhooks) {
    await manager.query(
      `INSERT INTO webhook_deliveries (id, webhook_id, type, body, next_attempt_at) VALUES ($1, $2, $3, $4, clock_timestamp())`,
      [newId('delivery'), id, type, body],
    );
  }
}

/** That an evaluation is over, in the transaction that ends it. */
export async function announceEvaluation(manager: EntityManager, id: string): Promise<void> {
  const [evaluation] = await manager.query<{ projectId: string }[]>(
    'SELECT project_id AS "projectId", status, aggregates, error, metadata FROM evaluations WHERE id = $1',
    [id],
  );
  if (!evaluation) return;
  const { projectId, ...shown } = evaluation;
  await announce(manager, projectId, 'evaluation.completed', { id, object: 'evaluation', ...shown });
}

/** A delivery that is due, and where it goes. */
export type DueDelivery = Pick<WebhookDelivery, 'id' | 'body' | 'attempts' | 'webhookId'> &
  Pick<Webhook, 'projectId' | 'url' | 'secret'>;

/**
 * Takes deliveries that are due, for `leaseS` seconds: whoever has not said by then how it went has died, and the attempt is made again.
 * `attempts` counts the one that is to be made.
 */
export function takeDue(manager: EntityManager, limit: number, leaseS: number): Promise<DueDelivery[]> {
  return manager.query(
    `WITH due AS (
       UPDATE webhook_deliveries SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2)
       WHERE id IN (
         SELECT id FROM webhook_deliveries WHERE next_attempt_at <= clock_timestamp()
         ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING *
     )
     SELECT due.id, due.body, due.attempts, webhook_id AS "webhookId", project_id AS "projectId", url, secret
     FROM due JOIN webhooks ON webhooks.id = due.webhook_id`,
    [limit, leaseS],
  );
}

export interface Attempted {
  /** HTTP status; null when nothing came back. */
  readonly answered: number | null;
  /** Null: it was delivered. */
  readonly error: string | null;
  /** Seconds until it is tried again; null: it is not. */
  readonly againS: number | null;
}

export async function recordAttempt(
  manager: EntityManager,
  { id, attempts }: DueDelivery,
  { answered, error, againS }: Attempted,
): Promise<void> {
  await manager.query(
    `UPDATE webhook_deliveries SET answered = $3, error = $4,
       status = CASE WHEN $4::text IS NULL THEN 'delivered' WHEN $5::float8 IS NULL THEN 'failed' ELSE 'pending' END,
       delivered_at = CASE WHEN $4::text IS NULL THEN clock_timestamp() END,
       next_attempt_at = clock_timestamp() + make_interval(secs => $5::float8)
     WHERE id = $1 AND attempts = $2`,
    [id, attempts, answered, error, againS],
  );
}

/** Sends nothing more to a webhook whose server is gone: what waits for it has failed. */
export async function disableWebhook(manager: EntityManager, id: string): Promise<void> {
  await manager.query('UPDATE webhooks SET disabled_at = coalesce(disabled_at, clock_timestamp()) WHERE id = $1', [id]);
  await manager.query(
    `UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL WHERE webhook_id = $1 AND status = 'pending'`,
    [id],
  );
}

/** Deletes deliveries that were made more than 30 days ago. */
export async function deleteOldDeliveries(manager: EntityManager): Promise<void> {
  await manager.query(
    `DELETE FROM webhook_deliveries WHERE created_at < clock_timestamp() - interval '30 days' AND next_attempt_at IS NULL`,
  );
}
