import { Module } from '@nestjs/common';
import { RunEndingsService } from './run-endings.service.js';
import { RunsController } from './runs.controller.js';
import { RunsService } from './runs.service.js';

@Module({ controllers: [RunsController], providers: [RunsService, RunEndingsService] })
export class RunsModule {}
