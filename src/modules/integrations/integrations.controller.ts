import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../../http/answer/answers.js';
import { ProjectId } from '../../http/request/request.js';
import { RunIntegrationList } from './integration.schema.js';
import { IntegrationsService } from './integrations.service.js';

@ApiTags('Runs')
@Controller('v1/runs/:id/integrations')
export class IntegrationsController {
  constructor(private readonly integrations: IntegrationsService) {}

  @Get()
  @Answers(RunIntegrationList, { summary: 'List the experiment trackers that a run is told to, and how far each is' })
  listRunIntegrations(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.integrations.list(projectId, id);
  }
}
