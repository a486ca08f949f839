/** The Bull queues of the lanes, the producer that fills them, and what is handed over beside them. Holds no handlers: those are the worker's. */
import { BullModule, getQueueToken } from '@nestjs/bull';
import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import type { Queue } from 'bull';
import { ChatBus } from './chat-bus.js';
import { JobTickets } from './job-tickets.js';
import { JOB_LANES, type JobLane } from '../store/entities/job.entity.js';
import { queueOf, type Ticket } from './jobs.js';
import { OneTimeSecrets } from './one-time-secrets.js';
import { LOCK_SETTINGS } from './queue-settings.js';
import { redisOptions } from './redis-options.js';
import { TokenBuckets } from './token-buckets.js';

const jobTickets: FactoryProvider<JobTickets> = {
  provide: JobTickets,
  useFactory: (...queues: Queue<Ticket>[]) =>
    new JobTickets(Object.fromEntries(JOB_LANES.map((lane, i) => [lane, queues[i]])) as Record<JobLane, Queue<Ticket>>),
  inject: JOB_LANES.map((lane) => getQueueToken(queueOf(lane))),
};

@Module({})
export class QueueModule {
  /** @param redisUrl `redis://` or `rediss://`, of Redis or Valkey. */
  static forRoot(redisUrl: string): DynamicModule {
    const redis = redisOptions(redisUrl);
    const queues = BullModule.registerQueue(
      ...JOB_LANES.map((lane) => ({ name: queueOf(lane), redis, settings: LOCK_SETTINGS })),
    );
    return {
      module: QueueModule,
      global: true,
      imports: [queues],
      providers: [jobTickets, OneTimeSecrets, TokenBuckets, ChatBus],
      exports: [queues, JobTickets, OneTimeSecrets, TokenBuckets, ChatBus],
    };
  }
}
