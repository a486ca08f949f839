/**
 * Brings what API processes ask of one model to the trainer that has it, and what that says back to whoever asked. Decides when the serving of a model ends: when
 * nobody has asked for a while, or when another model waits for this worker.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatEvent } from '../../spec/chat.js';
import type { WorkerMessage } from '../../protocol/messages.js';
import type { Asked, ChatBus, Said } from '../../queue/chat-bus.js';

/** How long the list is waited for at a time. */
const WAIT_MS = 1000;
/** How often it is said that a request is being worked on. */
const WORKING_EVERY_MS = 5000;
/** The model stays loaded for so long after the last answer. */
const IDLE_MS = 120_000;
/** How long a model is served at least while others wait and it is asked without a pause. */
const TURN_MS = 20_000;
/** After a failure of Redis. */
const REST_MS = 1000;

export interface RelayOptions {
  readonly bus: ChatBus;
  /** Of the model that is served, or of the run. */
  readonly id: string;
  /** Whether another model waits to be served; null: the trainer ends by itself. */
  readonly isWanted: (() => Promise<boolean>) | null;
  /** Called after each look at the list, once a second at least. */
  readonly onLook?: () => Promise<void>;
  /** Aborted when the serving is to stop, or has ended. */
  readonly signal: AbortSignal;
  readonly onProblem: (error: unknown) => void;
}

export class ChatRelay {
  /** The API process that asked, by request. */
  private readonly asking = new Map<string, string>();
  private readonly startedAt = Date.now();
  private busyAt = Date.now();
  private workingAt = Date.now();

  constructor(private readonly options: RelayOptions) {}

  /** Asks the trainer to close in the end. Never rejects. */
  async run(send: (message: WorkerMessage) => void): Promise<void> {
    const { bus, id, signal, onLook, onProblem } = this.options;
    const reader = bus.reader(id);
    signal.addEventListener('abort', () => reader.close(), { once: true });
    while (!signal.aborted) {
      try {
        for (const asked of await reader.take(WAIT_MS)) this.pass(asked, send);
        this.sayWorking();
        await onLook?.();
        if (await this.isOver()) break;
      } catch (error) {
        if (signal.aborted) return;
        onProblem(error);
        await sleep(REST_MS);
      }
    }
    send({ type: 'close' });
  }

  /** What the trainer says goes to whoever asked, all of it that one API process asked for in one message. */
  tell(events: readonly ChatEvent[]): void {
    const byApi = new Map<string, Said[]>();
    for (const event of events) {
      const api = this.asking.get(event.request);
      if (api === undefined) continue;
      byApi.set(api, [...(byApi.get(api) ?? []), event]);
      if (event.kind === 'finished' || event.kind === 'failed') this.asking.delete(event.request);
    }
    for (const [api, said] of byApi) this.options.bus.say(api, said);
    this.busyAt = Date.now();
  }

  /** The trainer has ended: what it has not answered is not answered any more. */
  fail(message: string): void {
    this.tell([...this.asking.keys()].map((request) => ({ kind: 'failed', request, category: 'server', message })));
  }

  private pass(asked: Asked, send: (message: WorkerMessage) => void): void {
    this.busyAt = Date.now();
    if (asked.kind === 'look') return;
    if (asked.kind === 'cancelled') {
      if (this.asking.delete(asked.request)) send({ type: 'chat_cancelled', request: asked.request });
    } else if (asked.expires_at > Date.now()) {
      this.asking.set(asked.chat.request, asked.api);
      send({ type: 'chat', chat: asked.chat });
    }
  }

  private sayWorking(): void {
    if (Date.now() - this.workingAt < WORKING_EVERY_MS) return;
    this.workingAt = Date.now();
    for (const [request, api] of this.asking) this.options.bus.say(api, [{ kind: 'working', request }]);
  }

  private async isOver(): Promise<boolean> {
    const { isWanted } = this.options;
    if (isWanted === null) return false;
    const isIdle = this.asking.size === 0;
    if (isIdle && Date.now() - this.busyAt > IDLE_MS) return true;
    return (isIdle || Date.now() - this.startedAt > TURN_MS) && (await isWanted());
  }
}
