/** The webhooks of a project and what was sent to them. Sending is webhook-sender.ts. */
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import { page, readPage, type Page, type PageQuery } from '../../http/answer/page.js';
import { findOwned } from '../../http/find-owned.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { Refusal } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { WEBHOOK_EVENT_TYPES } from '../../spec/enums.js';
import { Secret } from '../../store/entities/secret.entity.js';
import { WebhookDelivery } from '../../store/entities/webhook-delivery.entity.js';
import { Webhook } from '../../store/entities/webhook.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import {
  deliveryObject,
  webhookObject,
  type DeliveryObject,
  type DeliveryQuery,
  type NewWebhook,
  type WebhookObject,
} from './webhook.schema.js';

/** More would make every event of a project costly. */
const MAX_WEBHOOKS = 20;

@Injectable()
export class WebhooksService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly outgoing: Outgoing,
  ) {}

  async create(request: IdempotentRequest, { url, events, secret }: NewWebhook): Promise<WebhookObject> {
    const { projectId } = request;
    await this.outgoing.check(new URL(url)).catch((error: unknown) => {
      throw error instanceof Refusal ? AppError.invalid('url', error.message) : error;
    });
    return this.idempotency.once(request, async (manager) => {
      if (!(await manager.existsBy(Secret, { projectId, name: secret }))) {
        throw AppError.invalid('secret', `no such secret: ${secret}; post it to /v1/secrets first`);
      }
      if ((await manager.countBy(Webhook, { projectId })) >= MAX_WEBHOOKS) {
        throw AppError.invalid('', `a project has at most ${MAX_WEBHOOKS} webhooks: delete one`);
      }
      return webhookObject(
        await insertRow(manager, Webhook, {
          id: newId('webhook'),
          projectId,
          url,
          events: events ?? [...WEBHOOK_EVENT_TYPES],
          secret,
          disabledAt: null,
        }),
      );
    });
  }

  async list(projectId: string, query: PageQuery): Promise<Page<WebhookObject>> {
    const webhooks = this.dataSource.manager.createQueryBuilder(Webhook, 'webhook').where({ projectId });
    const { rows, hasMore } = await readPage(webhooks, 'id', query);
    return page(rows.map(webhookObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<WebhookObject> {
    return webhookObject(await findOwned(this.dataSource.manager, Webhook, 'webhook', { projectId, id }));
  }

  /** With its deliveries: what was on its way there is not sent again. */
  async delete(projectId: string, id: string): Promise<Deleted> {
    const { affected } = await this.dataSource.manager.delete(Webhook, { id, projectId });
    if (affected === 0) throw new AppError('NOT_FOUND', { object: 'webhook', id });
    return { id, object: 'webhook', deleted: true };
  }

  async deliveries(projectId: string, id: string, { status, ...query }: DeliveryQuery): Promise<Page<DeliveryObject>> {
    const { manager } = this.dataSource;
    await findOwned(manager, Webhook, 'webhook', { projectId, id });
    const deliveries = manager.createQueryBuilder(WebhookDelivery, 'delivery').where({ webhookId: id });
    if (status) deliveries.andWhere('delivery.status IN (:...status)', { status });
    const { rows, hasMore } = await readPage(deliveries, 'id', query);
    return page(rows.map(deliveryObject), hasMore, ({ id: last }) => last);
  }

  /** Makes the delivery due now, with all its attempts before it. */
  async redeliver(request: IdempotentRequest, id: string): Promise<DeliveryObject> {
    return this.idempotency.once(request, async (manager) => {
      await ownedDelivery(manager, request.projectId, id);
      await manager.query(
        `UPDATE webhook_deliveries SET status = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), delivered_at = NULL
         WHERE id = $1`,
        [id],
      );
      return deliveryObject(await manager.findOneByOrFail(WebhookDelivery, { id }));
    });
  }
}

/** @throws {AppError} NOT_FOUND */
async function ownedDelivery(manager: EntityManager, projectId: string, id: string): Promise<void> {
  const delivery = await manager.findOneBy(WebhookDelivery, { id });
  const isOwned = delivery && (await manager.existsBy(Webhook, { id: delivery.webhookId, projectId }));
  if (!isOwned) throw new AppError('NOT_FOUND', { object: 'delivery', id });
}
