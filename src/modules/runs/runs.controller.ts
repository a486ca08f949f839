import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request.js';
import { RunSpecInput } from '../../spec/run-spec.js';
import { RunEndingsService } from './run-endings.service.js';
import { RunList, RunObject, RunPreview, RunQuery } from './run.schema.js';
import { RunsService } from './runs.service.js';

@ApiTags('Runs')
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly endings: RunEndingsService,
  ) {}

  @Post()
  @TakesIdempotencyKey()
  @Answers(RunObject, {
    summary: 'Start a run',
    description:
      'Answers with the run in state `queued`; a run whose model or dataset is still processing waits for it. A spec that cannot run is ' +
      'refused (422) with every problem, each with its path.',
    status: 201,
  })
  createRun(@Idempotent() request: IdempotentRequest, @Body({ schema: RunSpecInput }) body: RunSpecInput) {
    return this.runs.create(request, body);
  }

  @Post('preview')
  @Answers(RunPreview, { summary: 'What a spec would do: its defaults filled in, and its problems. Starts nothing' })
  previewRun(@ProjectId() projectId: string, @Body({ schema: RunSpecInput }) body: RunSpecInput) {
    return this.runs.preview(projectId, body);
  }

  @Get()
  @Answers(RunList, { summary: 'List runs' })
  listRuns(@ProjectId() projectId: string, @Query({ schema: RunQuery }) query: RunQuery) {
    return this.runs.list(projectId, query);
  }

  @Get(':id')
  @Answers(RunObject, { summary: 'Get a run' })
  getRun(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.runs.get(projectId, id);
  }

  @Post(':id/cancel')
  @TakesIdempotencyKey()
  @Answers(RunObject, {
    summary: 'Cancel a run',
    description: 'A queued run is cancelled at once; a running one becomes `cancelling` and stops within seconds.',
  })
  cancelRun(@Idempotent() request: IdempotentRequest, @Param('id') id: string) {
    return this.endings.cancel(request, id);
  }

  @Delete(':id')
  @Answers(Deleted, { summary: 'Delete a finished run, with its events, trees and checkpoints' })
  deleteRun(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.endings.delete(projectId, id);
  }
}
