/**
 * The trainer's side of the protocol: hello and start, questions and answers, what must be stored and its acknowledgement, heartbeats, cancelling.
 * Knows messages, not what they are about.
 */
import type { Duplex } from 'node:stream';
import { Channel } from '../protocol/channel.js';
import type { ChatEvent } from '../spec/chat.js';
import type { FrameArrays } from '../protocol/frames.js';
import {
  PROTOCOL_VERSION,
  WorkerMessage,
  type Job,
  type ScoreResult,
  type StorableMessage,
  type TrainerMessage,
  type TrainerMessageOf,
} from '../protocol/messages.js';
import type { Phase } from '../spec/enums.js';
import { ChatInbox } from './chat-inbox.js';
import { deferred, type Deferred } from './deferred.js';

const HEARTBEAT_MS = 5000;
/** Messages that may be on their way to the store before the trainer waits. */
const MAX_UNACKNOWLEDGED = 64;
const PHASE_EVERY_MS = 1000;

export type ToolCallMessage = Omit<TrainerMessageOf<'tool_call'>, 'type'>;
export type ScoreQuestion = Omit<TrainerMessageOf<'score'>, 'type' | 'request'>;

/** What a tool said, or why it did not. */
export interface ToolAnswer {
  outcome: Extract<WorkerMessage, { type: 'tool_result' }>['outcome'];
  text: string;
  latencyMs: number;
}

/** The worker asked to stop. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** The pipe is gone, and with it the reason to live. */
export class LinkClosed extends Error {
  override readonly name = 'LinkClosed';
}

export class Link {
  /** Resolves with the job; rejects when the pipe closes before it came or the worker speaks another version. */
  readonly job: Promise<Job>;
  /** Resolves when the pipe has closed, with what broke it if something did. */
  readonly closed: Promise<Error | null>;
  /** Aborted with Cancelled, or with LinkClosed. */
  readonly signal: AbortSignal;
  /** Whether the worker has asked to end the run where it can go on. */
  isPausing = false;
  /** What is asked of a model that is served. */
  readonly chats = new ChatInbox();
  private readonly channel: Channel<WorkerMessage, TrainerMessage>;
  private readonly stopping = new AbortController();
  private readonly toolAnswers = new Map<string, Deferred<ToolAnswer>>();
  private readonly scores = new Map<number, Deferred<ScoreResult[]>>();
  private readonly unacknowledged = new Set<number>();
  private readonly started = deferred<Job>();
  private ackWaiters: (() => void)[] = [];
  private requests = 0;
  private phaseSaid: Phase | null = null;
  private phaseAt = 0;

  constructor(stream: Duplex, capabilities: readonly string[], fingerprint: Record<string, string>) {
    this.job = this.started.promise;
    this.job.catch(() => {});
    this.signal = this.stopping.signal;
    const closed = deferred<Error | null>();
    this.closed = closed.promise;
    this.channel = new Channel<WorkerMessage, TrainerMessage>(stream, WorkerMessage, {
      onMessage: ({ message }) => this.hear(message),
      onClose: (error) => {
        clearInterval(heartbeat);
        this.stop(new LinkClosed('the worker has closed the pipe', { cause: error }));
        closed.resolve(error);
      },
    });
    const heartbeat = setInterval(
      () => this.channel.send({ type: 'heartbeat', memory_bytes: process.memoryUsage.rss() }),
      HEARTBEAT_MS,
    );
    heartbeat.unref();
    this.channel.send({ type: 'hello', version: PROTOCOL_VERSION, capabilities: [...capabilities], fingerprint });
  }

  /** Rejects with Cancelled or LinkClosed when the answer is not coming any more. */
  askTool(call: ToolCallMessage): Promise<ToolAnswer> {
    const answer = deferred<ToolAnswer>();
    this.toolAnswers.set(call.call, answer);
    return this.ask(answer, { type: 'tool_call', ...call });
  }

  /** One score per response, in order. Rejects like askTool. */
  async askScores(question: ScoreQuestion): Promise<ScoreResult[]> {
    if (question.responses.length === 0) return [];
    const request = ++this.requests;
    const answer = deferred<ScoreResult[]>();
    this.scores.set(request, answer);
    return this.ask(answer, { type: 'score', request, ...question });
  }

  /** Sends what the worker must store. Resolves at once, or when few enough messages are unacknowledged; rejects like askTool. */
  async store(message: StorableMessage, arrays: FrameArrays = {}): Promise<void> {
    this.unacknowledged.add(this.channel.send(message, arrays));
    await this.acknowledged(MAX_UNACKNOWLEDGED);
  }

  /** Resolves when all that was sent is stored. */
  settled(): Promise<void> {
    return this.acknowledged(0);
  }

  log(level: TrainerMessageOf<'log'>['level'], message: string): Promise<void> {
    return this.store({ type: 'log', level, message });
  }

  /** What is going on: told at once when the phase changes, and once a second within it. */
  phase(phase: Phase, step: number, steps: number, fraction: number | null = null): void {
    const now = performance.now();
    if (phase === this.phaseSaid && now - this.phaseAt < PHASE_EVERY_MS) return;
    this.phaseSaid = phase;
    this.phaseAt = now;
    this.channel.send({ type: 'phase', phase, step, steps, fraction });
  }

  /** Sends what there is to say of chats. Nobody stores it: what is lost with the pipe is asked again. */
  chat(events: ChatEvent[]): void {
    if (events.length > 0) this.channel.send({ type: 'chat', events });
  }

  /** The last word: everything is stored, and the pipe closes behind it. */
  async finish(message: TrainerMessageOf<'done' | 'paused' | 'failed'>): Promise<void> {
    if (message.type === 'paused' || (message.type === 'done' && !message.cancelled)) await this.settled();
    this.channel.send(message);
    await this.channel.flush();
    this.channel.close();
  }

  private ask<T>(answer: Deferred<T>, message: TrainerMessage): Promise<T> {
    if (this.signal.aborted) answer.reject(this.signal.reason);
    else this.channel.send(message);
    return answer.promise;
  }

  private async acknowledged(most: number): Promise<void> {
    while (this.unacknowledged.size > most) {
      this.signal.throwIfAborted();
      await new Promise<void>((resolve) => this.ackWaiters.push(resolve));
    }
  }

  private hear(message: WorkerMessage): void {
    switch (message.type) {
      case 'start':
        if (message.version === PROTOCOL_VERSION) this.started.resolve(message.job);
        else {
          const versions = `the worker speaks version ${message.version} of the protocol, this trainer ${PROTOCOL_VERSION}`;
          this.started.reject(new Error(`${versions}: install the same version of both`));
        }
        return;
      case 'tool_result': {
        const { call, outcome, text, latency_ms: latencyMs } = message;
        this.toolAnswers.get(call)?.resolve({ outcome, text, latencyMs });
        this.toolAnswers.delete(call);
        return;
      }
      case 'scores':
        this.scores.get(message.request)?.resolve(message.scores);
        this.scores.delete(message.request);
        return;
      case 'ack':
        this.unacknowledged.delete(message.number);
        this.wakeAckWaiters();
        return;
      case 'pause':
        this.isPausing = true;
        return;
      case 'chat':
      case 'chat_cancelled':
      case 'close':
      case 'rollout_ended':
        this.chats.put(message);
        return;
      case 'cancel':
        this.stop(new Cancelled(message.reason));
    }
  }

  /** Nobody answers any more. */
  private stop(reason: Cancelled | LinkClosed): void {
    this.started.reject(reason);
    for (const waiting of [...this.toolAnswers.values(), ...this.scores.values()]) {
      waiting.promise.catch(() => {});
      waiting.reject(reason);
    }
    this.toolAnswers.clear();
    this.scores.clear();
    this.stopping.abort(reason);
    this.wakeAckWaiters();
  }

  private wakeAckWaiters(): void {
    const waiters = this.ackWaiters;
    this.ackWaiters = [];
    for (const wake of waiters) wake();
  }
}
