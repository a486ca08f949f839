import { Module } from '@nestjs/common';
import { RunEndingsService } from './run-endings.service.js';
import { RunPausingService } from './run-pausing.service.js';
import { RunPreviewsController } from './run-previews.controller.js';
import { RunPreviewsService } from './run-previews.service.js';
import { RunsController } from './runs.controller.js';
import { RunsService } from './runs.service.js';

@Module({
  controllers: [RunsController, RunPreviewsController],
  providers: [RunsService, RunEndingsService, RunPausingService, RunPreviewsService],
})
export class RunsModule {}
