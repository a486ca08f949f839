/** The events of a run as server-sent events, from the log and then as they happen. */
import type { DataSource } from 'typeorm';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import { RunEvent } from '../../store/entities/run-event.entity.js';
import type { Run } from '../../store/entities/run.entity.js';
import { eventObject } from './event.schema.js';
import { encoded, type SentEvent } from './run-tail.js';
import type { RunTails } from './run-tails.js';

/** Events that a listener reads from the log at a time. */
const BATCH = 200;
/** Proxies close connections on which nothing happens. As often it is asked whether the stream may go on. */
const HEARTBEAT_MS = 15_000;
/** How long a client waits before it connects again. */
const RETRY_MS = 2000;

export interface EventStreamOptions {
  dataSource: DataSource;
  tails: RunTails;
  runId: string;
  /** Sequence of the last event that the client has. */
  after: number;
  /** Asked every now and then, before more is sent; the stream ends when it says no. */
  isAllowed: () => Promise<boolean>;
  /** Ends the stream between two events; the client goes on elsewhere from the last one. */
  signal: AbortSignal;
}

/**
 * Ends after the event that ends the run, or when it is no longer allowed. Produces an event when the one before has been taken, so that a client
 * which reads slowly holds no more than the events at hand.
 */
export async function* eventStream({
  dataSource,
  tails,
  runId,
  after,
  isAllowed,
  signal,
}: EventStreamOptions): AsyncGenerator<string> {
  let allowedAt = Date.now();
  yield `retry: ${RETRY_MS}\n\n`;
  let sequence = after;
  let quietSince = Date.now();
  const tail = tails.take(runId);
  try {
    while (!signal.aborted) {
      if (Date.now() - allowedAt >= HEARTBEAT_MS) {
        if (!(await isAllowed())) return;
        allowedAt = Date.now();
      }
      // Before the events: what is over gets none after them.
      const { isOver, reads } = tail;
      const events: readonly SentEvent[] = tail.after(sequence) ?? (await eventsAfter(dataSource, runId, sequence));
      for (const event of events) {
        yield event.text;
        sequence = event.sequence;
        if (signal.aborted) return;
      }
      if (events.length > 0) {
        quietSince = Date.now();
        continue;
      }
      if (isOver) return;
      await tail.changed(reads, HEARTBEAT_MS, signal);
      if (Date.now() - quietSince >= HEARTBEAT_MS) {
        yield ': heartbeat\n\n';
        quietSince = Date.now();
      }
    }
  } finally {
    tails.release(runId);
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

async function eventsAfter(dataSource: DataSource, runId: string, sequence: number): Promise<SentEvent[]> {
  const events = await dataSource.manager
    .createQueryBuilder(RunEvent, 'event')
    .where({ runId })
    .andWhere('event.sequence > :sequence', { sequence })
    .orderBy('event.sequence', 'ASC')
    .take(BATCH)
    .getMany();
  return events.map((event) => encoded(eventObject(event)));
}
