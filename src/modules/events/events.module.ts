import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../http/http.module.js';
import { EventFeed } from '../../store/event-feed.js';
import { EventsController } from './events.controller.js';
import { EventsService } from './events.service.js';
import { RunTails } from './run-tails.js';

@Module({
  controllers: [EventsController],
  providers: [
    EventsService,
    RunTails,
    { provide: EventFeed, useFactory: (config: Config) => new EventFeed(config.databaseUrl), inject: [CONFIG] },
  ],
})
export class EventsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly feed: EventFeed) {}

  onApplicationBootstrap(): void {
    void this.feed.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.feed.close();
  }
}
