/** What the API takes and answers about webhooks and their deliveries. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageFields, pageOf } from '../../http/answer/page.js';
import { anyOf } from '../../http/request/query.schema.js';
import { WEBHOOK_EVENT_TYPES } from '../../spec/enums.js';
import { SecretName } from '../../spec/secret-name.js';
import { ServerUrl } from '../../spec/server-url.js';
import { withoutRepeats } from '../../spec/without-repeats.js';
import type { WebhookDelivery } from '../../store/entities/webhook-delivery.entity.js';
import type { Webhook } from '../../store/entities/webhook.entity.js';

const EventType = z.enum(WEBHOOK_EVENT_TYPES).meta({ id: 'WebhookEventType' });

export const NewWebhook = z
  .strictObject({
    url: ServerUrl.describe('Public, unless the operator allows its network (ALLOWED_NETWORKS).'),
    events: withoutRepeats(EventType, 'event').optional().describe('Absent: all of them.'),
    secret: SecretName.describe(
      'Name of the secret that deliveries are signed with, as https://www.standardwebhooks.com says: `whsec_` and bytes in base64, or any text.',
    ),
  })
  .meta({ id: 'NewWebhook' });
export type NewWebhook = z.infer<typeof NewWebhook>;

export const WebhookObject = z
  .object({
    id: z.string(),
    object: z.literal('webhook'),
    created_at: Seconds,
    url: z.string(),
    events: z.array(EventType),
    secret: z.string(),
    disabled_at: Seconds.nullable().describe(
      'Since when nothing is sent: its server has answered 410. Make it again to go on.',
    ),
  })
  .meta({ id: 'Webhook' });
export type WebhookObject = z.infer<typeof WebhookObject>;

export const WebhookList = pageOf(WebhookObject, 'WebhookList');

const STATUSES = ['pending', 'delivered', 'failed'] as const;

export const DeliveryObject = z
  .object({
    id: z.string().describe('Also the `webhook-id` of each attempt.'),
    object: z.literal('webhook.delivery'),
    created_at: Seconds,
    webhook: z.string(),
    type: EventType,
    status: z.enum(STATUSES),
    attempts: z.int().describe('Since it was made, or asked for again.'),
    next_attempt_at: Seconds.nullable(),
    delivered_at: Seconds.nullable(),
    answered: z.int().nullable().describe('HTTP status of the last answer.'),
    error: z.string().nullable().describe('Why the last attempt has failed.'),
    body: z.string().describe('What is sent: JSON with `type`, `timestamp` and `data`.'),
  })
  .meta({ id: 'WebhookDelivery' });
export type DeliveryObject = z.infer<typeof DeliveryObject>;

export const DeliveryList = pageOf(DeliveryObject, 'WebhookDeliveryList');

export const DeliveryQuery = z.strictObject({ ...pageFields('delivery'), status: anyOf(STATUSES) });
export type DeliveryQuery = z.infer<typeof DeliveryQuery>;

export function webhookObject(webhook: Webhook): WebhookObject {
  const { id, url, events, secret, createdAt, disabledAt } = webhook;
  return {
    id,
    object: 'webhook',
    created_at: seconds(createdAt),
    url,
    events,
    secret,
    disabled_at: seconds(disabledAt),
  };
}

export function deliveryObject(delivery: WebhookDelivery): DeliveryObject {
  return {
    id: delivery.id,
    object: 'webhook.delivery',
    created_at: seconds(delivery.createdAt),
    webhook: delivery.webhookId,
    type: delivery.type,
    status: delivery.status,
    attempts: delivery.attempts,
    next_attempt_at: seconds(delivery.nextAttemptAt),
    delivered_at: seconds(delivery.deliveredAt),
    answered: delivery.answered,
    error: delivery.error,
    body: delivery.body,
  };
}
