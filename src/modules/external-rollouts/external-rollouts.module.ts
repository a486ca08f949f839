import { Module } from '@nestjs/common';
import { ExternalRolloutsController } from './external-rollouts.controller.js';
import { ExternalRolloutsService } from './external-rollouts.service.js';

@Module({ controllers: [ExternalRolloutsController], providers: [ExternalRolloutsService] })
export class ExternalRolloutsModule {}
