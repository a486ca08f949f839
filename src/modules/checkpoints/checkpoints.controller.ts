import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted } from '../../http/answer/answers.js';
import { pageQuery, type PageQuery } from '../../http/answer/page.js';
import { ProjectId } from '../../http/request/request.js';
import { CheckpointList, CheckpointObject } from './checkpoint.schema.js';
import { CheckpointsService } from './checkpoints.service.js';

const LIST_QUERY = pageQuery('checkpoint');

@ApiTags('Checkpoints')
@Controller('v1')
export class CheckpointsController {
  constructor(private readonly checkpoints: CheckpointsService) {}

  @Get('runs/:id/checkpoints')
  @Answers(CheckpointList, { summary: 'List the checkpoints of a run' })
  listRunCheckpoints(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: LIST_QUERY }) query: PageQuery,
  ) {
    return this.checkpoints.list(projectId, id, query);
  }

  @Get('checkpoints/:id')
  @Answers(CheckpointObject, { summary: 'Get a checkpoint' })
  getCheckpoint(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.checkpoints.get(projectId, id);
  }

  @Delete('checkpoints/:id')
  @Answers(Deleted, { summary: 'Delete a checkpoint that nothing active needs' })
  deleteCheckpoint(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.checkpoints.delete(projectId, id);
  }
}
