/** The tails of the runs that somebody listens to: one for each run, as long as it has listeners. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EventFeed } from '../../store/event-feed.js';
import { RunTail } from './run-tail.js';

@Injectable()
export class RunTails {
  private readonly tails = new Map<string, { tail: RunTail; listeners: number }>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly feed: EventFeed,
  ) {}

  /** To be given back with `release` by whoever took it. */
  take(runId: string): RunTail {
    const shared = this.tails.get(runId) ?? { tail: new RunTail(this.dataSource, this.feed, runId), listeners: 0 };
    this.tails.set(runId, shared);
    shared.listeners++;
    return shared.tail;
  }

  release(runId: string): void {
    const shared = this.tails.get(runId);
    if (!shared || --shared.listeners > 0) return;
    shared.tail.close();
    this.tails.delete(runId);
  }
}
