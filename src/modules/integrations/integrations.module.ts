import { Module } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../http/http.module.js';
import { AddressGuard } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { IntegrationSender } from './integration-sender.js';
import { IntegrationsController } from './integrations.controller.js';
import { IntegrationsService } from './integrations.service.js';

const outgoing = {
  provide: Outgoing,
  useFactory: ({ allowedNetworks }: Config) => new Outgoing(new AddressGuard(allowedNetworks)),
  inject: [CONFIG],
};

@Module({ controllers: [IntegrationsController], providers: [outgoing, IntegrationsService, IntegrationSender] })
export class IntegrationsModule {}
