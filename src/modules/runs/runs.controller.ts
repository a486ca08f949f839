import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request/request.js';
import { RunSpecInput } from '../../spec/run-spec.js';
import { RunEndingsService } from './run-endings.service.js';
import { RunPausingService } from './run-pausing.service.js';
import { RunPreviewObject } from './run-preview.schema.js';
import { RunPreviewsService } from './run-previews.service.js';
import { RunList, RunObject, RunQuery, RunResumption } from './run.schema.js';
import { RunsService } from './runs.service.js';

@ApiTags('Runs')
@Controller('v1/runs')
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly endings: RunEndingsService,
    private readonly pausing: RunPausingService,
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

  @Post(':id/pause')
  @TakesIdempotencyKey()
  @Answers(RunObject, {
    summary: 'Pause a run',
    description:
      'A queued run is paused at once; a running one becomes `pausing`, finishes the step that is under way, writes a checkpoint and is `paused`. It holds ' +
      'no worker then, and keeps its models and datasets from being deleted until it is resumed and has ended, or is cancelled.',
  })
  pauseRun(@Idempotent() request: IdempotentRequest, @Param('id') id: string) {
    return this.pausing.pause(request, id);
  }

  @Post(':id/resume')
  @TakesIdempotencyKey()
  @ApiBody({ required: false })
  @Answers(RunObject, {
    summary: 'Go on with a paused run',
    description:
      'The run is `queued` again and goes on from its last checkpoint, with the same result as if it had never been paused, or from the one in `checkpoint_id`.',
  })
  resumeRun(
    @Idempotent() request: IdempotentRequest,
    @Param('id') id: string,
    @Body({ schema: RunResumption.optional() }) body: RunResumption | undefined,
  ) {
    return this.pausing.resume(request, id, body ?? {});
  }

  @Delete(':id')
  @Answers(Deleted, { summary: 'Delete a finished run, with its events, trees, checkpoints and rescores' })
  deleteRun(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.endings.delete(projectId, id);
  }
}
