import { Controller, Get } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Answers } from '../../http/answer/answers.js';
import { Public } from '../../http/keys/auth.guard.js';
import { Health } from './health.schema.js';
import { HealthService } from './health.service.js';

@ApiTags('Health')
@ApiSecurity({})
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('live')
  @Answers(Health, { summary: 'Whether the process answers' })
  getLiveness(): Health {
    return { status: 'ok' };
  }

  @Get('ready')
  @Answers(Health, { summary: 'Whether requests can be served; 503 says what is missing' })
  getReadiness() {
    return this.health.ready();
  }
}
