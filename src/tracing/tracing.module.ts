/** Sends the last spans of a process that is shutting down. Starts nothing: that is the entry point's, before the application is made. */
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { stopTracing } from './tracing.js';

@Module({})
export class TracingModule implements OnApplicationShutdown {
  onApplicationShutdown(): Promise<void> {
    return stopTracing();
  }
}
