/** Follows a run: its events in order, each once, whatever happens to the connection. */
import type { components } from '../types.js';
import { BoughError } from './bough-error.js';
import { pause, type Fetch } from './bough-fetch.js';
import { readEventSource } from './event-source.js';

type RunEvent = components['schemas']['RunEvent'];

export interface EventOptions {
  /** Sequence of the last event that is not wanted any more; default 0. */
  after?: number;
  signal?: AbortSignal;
}

const FINAL: readonly string[] = ['run.succeeded', 'run.failed', 'run.cancelled'];
/** The service says something every 15 seconds; a connection this quiet is dead. */
const SILENCE_MS = 45_000;
const RETRY_MS = [500, 1000, 2000, 5000];

/** @throws {BoughError} when the service refuses, say because there is no such run */
export async function* runEvents(
  send: Fetch,
  base: string,
  runId: string,
  { after = 0, signal }: EventOptions = {},
): AsyncGenerator<RunEvent, void> {
  let sequence = after;
  for (let failures = 0; ; failures++) {
    const connection = new AbortController();
    const stop = (): void => connection.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      signal?.throwIfAborted();
      const response = await send(
        new Request(`${base}/v1/runs/${encodeURIComponent(runId)}/events`, {
          headers: { accept: 'text/event-stream', 'last-event-id': String(sequence) },
          signal: connection.signal,
        }),
      );
      if (response.status === 204) return;
      if (!response.ok || !response.body) throw await BoughError.from(response);
      for await (const { data } of readEventSource(response.body, SILENCE_MS, signal)) {
        failures = 0;
        const event = JSON.parse(data) as RunEvent;
        if (event.sequence <= sequence) continue;
        sequence = event.sequence;
        yield event;
        if (FINAL.includes(event.type)) return;
      }
    } catch (error) {
      if (signal?.aborted || isRefusal(error)) throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      connection.abort();
    }
    await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0, signal);
  }
}

/** Whether asking again is of no use: unlike a server that shuts down, or one that is busy. */
function isRefusal(error: unknown): boolean {
  return error instanceof BoughError && error.status !== null && error.status < 500 && error.status !== 429;
}
