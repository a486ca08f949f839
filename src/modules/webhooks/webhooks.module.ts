import { Module } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../http/http.module.js';
import { AddressGuard } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksService } from './webhooks.service.js';

const outgoing = {
  provide: Outgoing,
  useFactory: ({ allowedNetworks }: Config) => new Outgoing(new AddressGuard(allowedNetworks)),
  inject: [CONFIG],
};

@Module({ controllers: [WebhooksController], providers: [outgoing, WebhooksService, WebhookSender] })
export class WebhooksModule {}
