import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { pageQuery, type PageQuery } from '../../http/answer/page.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request/request.js';
import {
  DeliveryList,
  DeliveryObject,
  DeliveryQuery,
  NewWebhook,
  WebhookList,
  WebhookObject,
} from './webhook.schema.js';
import { WebhooksService } from './webhooks.service.js';

const LIST_QUERY = pageQuery('webhook');

@ApiTags('Webhooks')
@Controller('v1')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post('webhooks')
  @TakesIdempotencyKey()
  @Answers(WebhookObject, {
    summary: 'Have events sent to a URL',
    description:
      'Each event is one POST of `{"type", "timestamp", "data"}`, signed as https://www.standardwebhooks.com says. An answer other than 2xx, or none within 15 seconds, ' +
      'is followed by further attempts: after 5 seconds, 5 minutes, 30 minutes, 2, 5, 7 and 10 hours. An event may arrive twice, with the same `webhook-id`.',
    status: 201,
  })
  createWebhook(@Idempotent() request: IdempotentRequest, @Body({ schema: NewWebhook }) body: NewWebhook) {
    return this.webhooks.create(request, body);
  }

  @Get('webhooks')
  @Answers(WebhookList, { summary: 'List webhooks' })
  listWebhooks(@ProjectId() projectId: string, @Query({ schema: LIST_QUERY }) query: PageQuery) {
    return this.webhooks.list(projectId, query);
  }

  @Get('webhooks/:id')
  @Answers(WebhookObject, { summary: 'Get a webhook' })
  getWebhook(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.webhooks.get(projectId, id);
  }

  @Delete('webhooks/:id')
  @Answers(Deleted, { summary: 'Delete a webhook with its deliveries' })
  deleteWebhook(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.webhooks.delete(projectId, id);
  }

  @Get('webhooks/:id/deliveries')
  @Answers(DeliveryList, { summary: 'List what was sent to a webhook, or is to be; for 30 days' })
  listWebhookDeliveries(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: DeliveryQuery }) query: DeliveryQuery,
  ) {
    return this.webhooks.deliveries(projectId, id, query);
  }

  @Post('deliveries/:id/redeliver')
  @TakesIdempotencyKey()
  @Answers(DeliveryObject, { summary: 'Send an event again, with the same id' })
  redeliver(@Idempotent() request: IdempotentRequest, @Param('id') id: string) {
    return this.webhooks.redeliver(request, id);
  }
}
