/** The event log of a run, page by page or as a stream. */
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Drain } from '../../http/drain.js';
import { findOwned } from '../../http/find-owned.js';
import { KnownKeys } from '../../http/keys/known-keys.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import type { Tenant } from '../../http/request/request.js';
import { RunEvent } from '../../store/entities/run-event.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { eventStream, isExhausted } from './event-stream.js';
import { eventObject, type EventObject, type EventQuery } from './event.schema.js';
import { RunTails } from './run-tails.js';

@Injectable()
export class EventsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tails: RunTails,
    private readonly drain: Drain,
    private readonly keys: KnownKeys,
  ) {}

  async list(projectId: string, runId: string, query: EventQuery): Promise<Page<EventObject>> {
    await findOwned(this.dataSource.manager, Run, 'run', { projectId, id: runId });
    const events = this.dataSource.manager.createQueryBuilder(RunEvent, 'event').where({ runId });
    const { rows, hasMore } = await readPage(events, 'sequence', query);
    return page(rows.map(eventObject), hasMore, ({ sequence }) => sequence);
  }

  /**
   * @param tenant whose key it is: the stream ends when the key is no longer in force
   * @param after sequence of the last event that the client has; 0: none
   * @param closed aborted when the client has gone
   * @returns null when there is nothing more to come
   */
  async stream(
    { projectId, keyId }: Pick<Tenant, 'projectId' | 'keyId'>,
    runId: string,
    after: number,
    closed: AbortSignal,
  ): Promise<Readable | null> {
    const { dataSource, tails } = this;
    const run = await findOwned(dataSource.manager, Run, 'run', { projectId, id: runId });
    if (await isExhausted(dataSource, run, after)) return null;
    const signal = AbortSignal.any([closed, this.drain.signal]);
    const isAllowed = () => this.keys.isInForce(keyId);
    const events = eventStream({ dataSource, tails, runId, after, isAllowed, signal });
    // Nothing is made in advance for a client that does not read.
    return Readable.from(events, { highWaterMark: 1 });
  }
}
