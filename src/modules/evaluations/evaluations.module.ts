import { Module } from '@nestjs/common';
import { ComparisonsService } from './comparisons.service.js';
import { EvaluationItemsService } from './evaluation-items.service.js';
import { EvaluationsController } from './evaluations.controller.js';
import { EvaluationsService } from './evaluations.service.js';

@Module({
  controllers: [EvaluationsController],
  providers: [ComparisonsService, EvaluationsService, EvaluationItemsService],
})
export class EvaluationsModule {}
