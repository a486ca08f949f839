import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../../http/answer/answers.js';
import { NeedsScope } from '../../http/keys/auth.guard.js';
import { ProjectId } from '../../http/request/request.js';
import { ProjectUsageObject, UsageQuery } from './usage.schema.js';
import { UsageService } from './usage.service.js';

@ApiTags('Projects')
@Controller('v1')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get('usage')
  @Answers(ProjectUsageObject, {
    summary: 'Get what this project uses, day by day, its limits and how long its data is kept',
  })
  getUsage(@ProjectId() projectId: string, @Query({ schema: UsageQuery }) query: UsageQuery) {
    return this.usage.of(projectId, query);
  }

  @Get('projects/:id/usage')
  @NeedsScope('operator')
  @Answers(ProjectUsageObject, { summary: 'Get what a project uses, day by day, and its limits' })
  getProjectUsage(@Param('id') id: string, @Query({ schema: UsageQuery }) query: UsageQuery) {
    return this.usage.of(id, query);
  }
}
