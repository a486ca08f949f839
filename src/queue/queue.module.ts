/** The Bull queues of the lanes, the producer that fills them, and what is handed over beside them. Holds no handlers: those are the worker's. */
import { BullModule } from '@nestjs/bull';
import { Module, type DynamicModule } from '@nestjs/common';
import { JobTickets } from './job-tickets.js';
import { JOB_LANES } from '../store/entities/job.entity.js';
import { QUEUE_OF } from './jobs.js';
import { OneTimeSecrets } from './one-time-secrets.js';
import { LOCK_SETTINGS } from './queue-settings.js';
import { redisOptions } from './redis-options.js';

@Module({})
export class QueueModule {
  /** @param redisUrl `redis://` or `rediss://`, of Redis or Valkey. */
  static forRoot(redisUrl: string): DynamicModule {
    const redis = redisOptions(redisUrl);
    const queues = BullModule.registerQueue(
      ...JOB_LANES.map((lane) => ({ name: QUEUE_OF[lane], redis, settings: LOCK_SETTINGS })),
    );
    return {
      module: QueueModule,
      global: true,
      imports: [queues],
      providers: [JobTickets, OneTimeSecrets],
      exports: [queues, JobTickets, OneTimeSecrets],
    };
  }
}
