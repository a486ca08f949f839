/**
 * The end of a run's event log as this process last read it, for everybody here who listens to the run: the log is read once for all of them when
 * it has grown. What lies further back is not kept; a listener that is so far behind reads the log itself.
 */
import type { DataSource } from 'typeorm';
import { FINAL_RUN_STATUSES, type RunStatus } from '../../spec/enums.js';
import type { EventFeed } from '../../store/event-feed.js';
import type { RunEvent } from '../../store/entities/run-event.entity.js';
import { eventObject, type EventObject } from './event.schema.js';

/** Events that are kept, at most. */
const KEPT_EVENTS = 200;
/** Characters of kept events, at most; the last event is kept however long it is. */
const KEPT_LENGTH = 1024 * 1024;
/** How often the log is looked at although nobody has said that it has grown. */
const POLL_MS = 3000;
/** Before the log is looked at again when that has failed. */
const RETRY_MS = 1000;

/** An event as it is sent. */
export interface SentEvent {
  readonly sequence: number;
  readonly text: string;
}

type TailRow = { status: RunStatus; event_sequence: string } & { [K in keyof EventRow]: EventRow[K] | null };

interface EventRow {
  id: string;
  run_id: string;
  sequence: string;
  level: RunEvent['level'];
  type: RunEvent['type'];
  message: string;
  data: Record<string, unknown>;
  created_at: Date;
}

export class RunTail {
  /** Without gaps, the newest last. */
  private events: SentEvent[] = [];
  private length = 0;
  /** Sequence of the last event that was read; null before the first look. */
  private last: number | null = null;
  private over = false;
  private looks = 0;
  private readonly stop = new AbortController();
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly feed: EventFeed,
    private readonly runId: string,
  ) {
    void this.follow();
  }

  /** Whether the run had ended when the log was last read; there is nothing after it then. */
  get isOver(): boolean {
    return this.over;
  }

  /** How often the log has been read. */
  get reads(): number {
    return this.looks;
  }

  /** The events after this sequence; null where it does not reach so far back, or nothing has been read yet. */
  after(sequence: number): readonly SentEvent[] | null {
    if (this.last === null) return null;
    if (sequence >= this.last) return [];
    const [first] = this.events;
    if (!first || sequence < first.sequence - 1) return null;
    return this.events.slice(sequence - first.sequence + 1);
  }

  /** Resolves when the log has been read more than `reads` times, which may have been meanwhile, after `ms`, or when the signal is aborted. */
  changed(reads: number, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.waiting.add(done);
      if (signal.aborted || this.looks > reads) done();
    });
  }

  close(): void {
    this.stop.abort();
  }

  private async follow(): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted && !this.over) {
      const waiter = this.feed.waitFor(this.runId, signal);
      try {
        await this.read();
        this.looks += 1;
        for (const wake of this.waiting) wake();
        if (!this.over) await waiter.within(POLL_MS);
      } catch {
        // PostgreSQL is away: listeners get heartbeats until it is back.
        await this.feed.waitFor(this.runId, signal).within(RETRY_MS);
      } finally {
        waiter.cancel();
      }
    }
  }

  /** The status and the events are of the same moment: a run that is over then has no event that this could miss. */
  private async read(): Promise<void> {
    const rows = await this.dataSource.query<TailRow[]>(
      `SELECT runs.status, runs.event_sequence, event.* FROM runs LEFT JOIN LATERAL (
         SELECT id, run_id, sequence, level, type, message, data, created_at FROM run_events
         WHERE run_id = runs.id AND sequence > greatest($2::bigint, runs.event_sequence - $3::bigint)
         ORDER BY sequence
       ) AS event ON true WHERE runs.id = $1 ORDER BY event.sequence`,
      [this.runId, this.last ?? 0, KEPT_EVENTS],
    );
    const [run] = rows;
    for (const row of rows) if (row.id !== null) this.keep(sent(row as EventRow));
    this.last = run ? Number(run.event_sequence) : (this.last ?? 0);
    // A run that was deleted meanwhile has ended, too.
    this.over = !run || FINAL_RUN_STATUSES.includes(run.status);
  }

  private keep(event: SentEvent): void {
    // More came at once than is kept.
    if (this.events.at(-1)?.sequence !== event.sequence - 1) {
      this.events = [];
      this.length = 0;
    }
    this.events.push(event);
    this.length += event.text.length;
    while (this.events.length > KEPT_EVENTS || (this.length > KEPT_LENGTH && this.events.length > 1)) {
      this.length -= this.events.shift()?.text.length ?? 0;
    }
  }
}

function sent({ created_at: createdAt, run_id: runId, sequence, ...event }: EventRow): SentEvent {
  return encoded(eventObject({ ...event, runId, sequence: Number(sequence), createdAt }));
}

/** An event as server-sent events have it. */
export function encoded(event: EventObject): SentEvent {
  const { sequence, type } = event;
  return { sequence, text: `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n` };
}
