import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../../http/answer/answers.js';
import { ProjectId } from '../../http/request/request.js';
import { MetricsList, MetricsQuery } from './metrics.schema.js';
import { MetricsService } from './metrics.service.js';

@ApiTags('Runs')
@Controller('v1/runs/:id/metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @Answers(MetricsList, { summary: 'List the metrics of a run, one row per step' })
  listRunMetrics(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: MetricsQuery }) query: MetricsQuery,
  ) {
    return this.metrics.list(projectId, id, query);
  }
}
