import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request/request.js';
import { RescoreSpecInput } from '../../spec/rescore-spec.js';
import { RescoreItemList, RescoreItemQuery, RescoreList, RescoreObject, RescoreQuery } from './rescore.schema.js';
import { RescoresService } from './rescores.service.js';

@ApiTags('Rescores')
@Controller('v1')
export class RescoresController {
  constructor(private readonly rescores: RescoresService) {}

  @Post('runs/:id/rescore')
  @TakesIdempotencyKey()
  @Answers(RescoreObject, {
    summary: 'Score the stored trajectories of a run again, by another grader',
    description:
      'Samples nothing and changes nothing of the run. Answers at once: poll until `status` is `ready` or `failed`; `comparison` then says how the ' +
      'two rewards differ. Trajectories that the run left out, because they were cut or a tool could not work, are left out here too.',
    status: 201,
  })
  rescoreRun(
    @Idempotent() request: IdempotentRequest,
    @Param('id') id: string,
    @Body({ schema: RescoreSpecInput }) body: RescoreSpecInput,
  ) {
    return this.rescores.create(request, id, body);
  }

  @Get('runs/:id/rescores')
  @Answers(RescoreList, { summary: 'List the rescores of a run' })
  listRunRescores(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: RescoreQuery }) query: RescoreQuery,
  ) {
    return this.rescores.list(projectId, id, query);
  }

  @Get('rescores/:id')
  @Answers(RescoreObject, { summary: 'Get a rescore' })
  getRescore(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.rescores.get(projectId, id);
  }

  @Get('rescores/:id/items')
  @Answers(RescoreItemList, { summary: 'List the trajectories of a rescore with both rewards' })
  listRescoreItems(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: RescoreItemQuery }) query: RescoreItemQuery,
  ) {
    return this.rescores.items(projectId, id, query);
  }

  @Delete('rescores/:id')
  @Answers(Deleted, { summary: 'Delete a rescore, or stop one that is under way' })
  deleteRescore(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.rescores.delete(projectId, id);
  }
}
