import { Module } from '@nestjs/common';
import { filesController } from '../../http/answer/files.controller.js';
import { ExportsController } from './exports.controller.js';
import { ExportsService } from './exports.service.js';

@Module({
  controllers: [ExportsController, filesController('export', 'Exports', ExportsService)],
  providers: [ExportsService],
})
export class ExportsModule {}
