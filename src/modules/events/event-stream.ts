/** The events of a run as server-sent events, from the log and then as they happen. */
import type { DataSource } from 'typeorm';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import { RunEvent } from '../../store/entities/run-event.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import type { EventFeed } from '../../store/event-feed.js';
import { eventObject, type EventObject } from './event.schema.js';

const BATCH = 200;
/** How often the log is looked at although nobody has said that it has grown. */
const POLL_MS = 3000;
/** Proxies close connections on which nothing happens. As often it is asked whether the stream may go on. */
const HEARTBEAT_MS = 15_000;
/** How long a client waits before it connects again. */
const RETRY_MS = 2000;

export interface EventStreamOptions {
  dataSource: DataSource;
  feed: EventFeed;
  runId: string;
  /** Sequence of the last event that the client has. */
  after: number;
  /** Asked every now and then, before more is sent; the stream ends when it says no. */
  isAllowed: () => Promise<boolean>;
  /** Ends the stream between two events; the client goes on elsewhere from the last one. */
  signal: AbortSignal;
}

/** Ends after the event that ends the run, or when it is no longer allowed. */
export async function* eventStream({
  dataSource,
  feed,
  runId,
  after,
  isAllowed,
  signal,
}: EventStreamOptions): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  let sequence = after;
  let quietSince = Date.now();
  let allowedAt = Date.now();
  while (!signal.aborted) {
    if (Date.now() - allowedAt >= HEARTBEAT_MS) {
      if (!(await isAllowed())) return;
      allowedAt = Date.now();
    }
    const waiter = feed.waitFor(runId, signal);
    try {
      // The status is read before the events: a run that is over then has no event that this batch could miss.
      const isOver = await hasEnded(dataSource, runId);
      const events = await eventsAfter(dataSource, runId, sequence);
      for (const event of events) yield encode(eventObject(event));
      sequence = events.at(-1)?.sequence ?? sequence;
      if (events.length > 0) quietSince = Date.now();
      if (events.length === BATCH) continue;
      if (isOver) return;
      await waiter.within(POLL_MS);
    } finally {
      waiter.cancel();
    }
    if (Date.now() - quietSince >= HEARTBEAT_MS) {
      yield ': heartbeat\n\n';
      quietSince = Date.now();
    }
  }
}

/** Whether the run is over and the client has all of its events. */
export async function isExhausted(
  dataSource: DataSource,
  { id, status, eventSequence }: Run,
  after: number,
): Promise<boolean> {
  if (!FINAL_RUN_STATUSES.includes(status)) return false;
  return after >= eventSequence && (await eventsAfter(dataSource, id, after)).length === 0;
}

/** A run that was deleted meanwhile has ended, too. */
async function hasEnded(dataSource: DataSource, id: string): Promise<boolean> {
  const run = await dataSource.manager.findOne(Run, { select: { id: true, status: true }, where: { id } });
  return !run || FINAL_RUN_STATUSES.includes(run.status);
}

async function eventsAfter(dataSource: DataSource, runId: string, sequence: number): Promise<RunEvent[]> {
  return dataSource.manager
    .createQueryBuilder(RunEvent, 'event')
    .where({ runId })
    .andWhere('event.sequence > :sequence', { sequence })
    .orderBy('event.sequence', 'ASC')
    .take(BATCH)
    .getMany();
}

function encode(event: EventObject): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
