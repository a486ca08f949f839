import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../../http/keys/auth.guard.js';
import { MonitoringService } from './monitoring.service.js';

/** For Prometheus; not part of the API's contract. Counts of all projects, so keep it from the public at the proxy. */
@ApiExcludeController()
@Public()
@Controller('metrics')
export class MonitoringController {
  constructor(private readonly monitoring: MonitoringService) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  getMetrics(): Promise<string> {
    return this.monitoring.text();
  }
}
