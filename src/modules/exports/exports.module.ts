import { Module } from '@nestjs/common';
import { ExportFilesController } from './export-files.controller.js';
import { ExportsController } from './exports.controller.js';
import { ExportsService } from './exports.service.js';

@Module({ controllers: [ExportsController, ExportFilesController], providers: [ExportsService] })
export class ExportsModule {}
