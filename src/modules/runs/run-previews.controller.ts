import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted } from '../../http/answer/answers.js';
import { ProjectId } from '../../http/request/request.js';
import { RunPreviewObject } from './run-preview.schema.js';
import { RunPreviewsService } from './run-previews.service.js';

/** Beside the runs, so that no id of a run is ever read as `preview`. */
@ApiTags('Runs')
@Controller('v1/previews')
export class RunPreviewsController {
  constructor(private readonly previews: RunPreviewsService) {}

  @Get(':id')
  @Answers(RunPreviewObject, { summary: 'Get a preview of a run' })
  getRunPreview(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.previews.get(projectId, id);
  }

  @Delete(':id')
  @Answers(Deleted, { summary: 'Delete a preview of a run, or stop one that is being prepared' })
  deleteRunPreview(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.previews.delete(projectId, id);
  }
}
