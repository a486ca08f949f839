import { Module } from '@nestjs/common';
import { MonitoringController } from './monitoring.controller.js';
import { MonitoringService } from './monitoring.service.js';
import { RequestTimer } from './request-timer.js';
import { APP_INTERCEPTOR } from '@nestjs/core';

@Module({
  controllers: [MonitoringController],
  providers: [MonitoringService, { provide: APP_INTERCEPTOR, useClass: RequestTimer }],
})
export class MonitoringModule {}
