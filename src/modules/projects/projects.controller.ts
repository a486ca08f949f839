import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { pageQuery, type PageQuery } from '../../http/answer/page.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { NeedsScope } from '../../http/keys/auth.guard.js';
import { NewProject, ProjectChanges, ProjectList, ProjectObject } from './project.schema.js';
import { ProjectsService } from './projects.service.js';

const LIST_QUERY = pageQuery('project');

@ApiTags('Projects')
@NeedsScope('operator')
@Controller('v1/projects')
export class ProjectsController {
  constructor(private readonly projects: ProjectsService) {}

  @Post()
  @TakesIdempotencyKey()
  @Answers(ProjectObject, {
    summary: 'Create a project',
    description:
      'Nothing of it is seen by keys of another project. It has no keys yet: make one at `/v1/projects/{id}/keys`.',
    status: 201,
  })
  createProject(@Idempotent() request: IdempotentRequest, @Body({ schema: NewProject }) body: NewProject) {
    return this.projects.create(request, body);
  }

  @Get()
  @Answers(ProjectList, { summary: 'List the projects of this service' })
  listProjects(@Query({ schema: LIST_QUERY }) query: PageQuery) {
    return this.projects.list(query);
  }

  @Get(':id')
  @Answers(ProjectObject, { summary: 'Get a project' })
  getProject(@Param('id') id: string) {
    return this.projects.get(id);
  }

  @Post(':id')
  @TakesIdempotencyKey()
  @Answers(ProjectObject, {
    summary: 'Change the limits of a project, or how long its data is kept',
    description:
      'Other API processes than the one that answers may go by the old limits for 5 seconds. What is kept too long is deleted within the hour.',
  })
  changeProject(
    @Idempotent() request: IdempotentRequest,
    @Param('id') id: string,
    @Body({ schema: ProjectChanges }) body: ProjectChanges,
  ) {
    return this.projects.change(request, id, body);
  }

  @Post(':id/disable')
  @TakesIdempotencyKey()
  @Answers(ProjectObject, {
    summary: 'Disable a project',
    description:
      'Its keys are refused (403), by other API processes than the one that answers within 5 seconds. Runs that are under way finish their step, write a ' +
      'checkpoint and are `paused`; what is queued waits; other work goes on to its end. Nothing is deleted.',
  })
  disableProject(@Idempotent() request: IdempotentRequest, @Param('id') id: string) {
    return this.projects.disable(request, id);
  }

  @Post(':id/enable')
  @TakesIdempotencyKey()
  @Answers(ProjectObject, {
    summary: 'Enable a project again',
    description: 'What was queued is taken up; runs that were paused wait for who resumes them.',
  })
  enableProject(@Idempotent() request: IdempotentRequest, @Param('id') id: string) {
    return this.projects.enable(request, id);
  }
}
