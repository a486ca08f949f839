import { Module } from '@nestjs/common';
import { EvaluationItemsService } from './evaluation-items.service.js';
import { EvaluationsController } from './evaluations.controller.js';
import { EvaluationsService } from './evaluations.service.js';

@Module({ controllers: [EvaluationsController], providers: [EvaluationsService, EvaluationItemsService] })
export class EvaluationsModule {}
