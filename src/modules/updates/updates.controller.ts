import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../../http/answer/answers.js';
import { ProjectId } from '../../http/request/request.js';
import { UpdateList, UpdateQuery } from './update.schema.js';
import { UpdatesService } from './updates.service.js';

@ApiTags('Runs')
@Controller('v1/runs/:id/updates')
export class UpdatesController {
  constructor(private readonly updates: UpdatesService) {}

  @Get()
  @Answers(UpdateList, { summary: 'List the optimiser updates of a run, with all that is needed to do them again' })
  listRunUpdates(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: UpdateQuery }) query: UpdateQuery,
  ) {
    return this.updates.list(projectId, id, query);
  }
}
