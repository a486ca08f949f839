import { Module } from '@nestjs/common';
import { filesController } from '../../http/answer/files.controller.js';
import { CheckpointsController } from './checkpoints.controller.js';
import { CheckpointsService } from './checkpoints.service.js';

@Module({
  controllers: [CheckpointsController, filesController('checkpoint', 'Checkpoints', CheckpointsService)],
  providers: [CheckpointsService],
})
export class CheckpointsModule {}
