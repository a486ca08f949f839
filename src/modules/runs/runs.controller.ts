import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request/request.js';
import { RunSpecInput } from '../../spec/run-spec.js';
import { RunEndingsService } from './run-endings.service.js';
import { RunPreviewObject } from './run-preview.schema.js';
import { RunPreviewsService } from './run-previews.service.js';
import { RunList, RunObject, RunQuery } from './run.schema.js';
import { RunsService } from './runs.service.js';

@ApiTags('Runs')
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly endings: RunEndingsService,
    private readonly previews: RunPreviewsService,
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
  @TakesIdempotencyKey()
  @Answers(RunPreviewObject, {
    summary: 'Ask what a run would do, and what time and memory it would take. Starts none',
    description:
      'Answers at once with the spec, its defaults filled in, and its problems. Without problems the preview is `processing`: a worker does the ' +
      "run's first steps with the real model, tools and rewards, and keeps nothing of them; poll it until it is `ready` or `failed`.",
    status: 201,
  })
  previewRun(@Idempotent() request: IdempotentRequest, @Body({ schema: RunSpecInput }) body: RunSpecInput) {
    return this.previews.create(request, body);
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
