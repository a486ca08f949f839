import { Module } from '@nestjs/common';
import { CheckpointFilesController } from './checkpoint-files.controller.js';
import { CheckpointsController } from './checkpoints.controller.js';
import { CheckpointsService } from './checkpoints.service.js';

@Module({ controllers: [CheckpointsController, CheckpointFilesController], providers: [CheckpointsService] })
export class CheckpointsModule {}
