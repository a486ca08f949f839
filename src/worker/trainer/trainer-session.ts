/**
 * Supervises one trainer from its start to its end: hello, start, answers and acknowledgements, silence, stopping, death.
 * Knows the protocol; not what messages mean for a run (the handler), nor whether a dead trainer is started again (the job's processor).
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Channel, type Received } from '../../protocol/channel.js';
import { neededCapabilities } from '../../protocol/capabilities.js';
import { TRAINER_FAILURES } from '../../protocol/failures.js';
import { PROTOCOL_VERSION, TrainerMessage, type Job, type WorkerMessage } from '../../protocol/messages.js';
import { describeExit } from './describe-exit.js';
import { stopOf } from '../stop.js';
import { TracedHandler } from './traced-handler.js';
import type { StorableMessage, TrainerHandler, TrainerMessageOf } from './trainer-handler.js';
import { TRAINER_LIMITS, type TrainerLimits } from './trainer-limits.js';
import type { TrainerOutcome } from './trainer-outcome.js';
import { nodeTrainer, TRAINER_ENTRY, TrainerProcess, type TrainerCommand } from './trainer-process.js';

export interface SessionOptions {
  readonly job: Job;
  readonly handler: TrainerHandler;
  /** Aborted with a `Stop`. */
  readonly signal: AbortSignal;
  /** Aborted when the trainer is to end where its work can be gone on with. */
  readonly pausing?: AbortSignal | undefined;
  readonly onLine: (line: string) => void;
  /** Called when the trainer has its job, with what sends it more. */
  readonly onStarted?: (send: (message: WorkerMessage) => void) => void;
  readonly entry?: string | undefined;
  /** What is started in place of Bough's own trainer. */
  readonly command?: TrainerCommand | null | undefined;
  readonly limits?: TrainerLimits | undefined;
}

/** Starts a trainer for the job and stays with it until its process has ended and all it said is stored. Never rejects. */
export function superviseTrainer(options: SessionOptions): Promise<TrainerOutcome> {
  const handler = new TracedHandler(options.handler, options.job.kind === 'train');
  return new TrainerSession({ ...options, handler }).run().finally(() => handler.close());
}

type Handlers = {
  readonly [T in TrainerMessage['type']]: (message: TrainerMessageOf<T>, at: Received<TrainerMessage>) => void;
};

class TrainerSession {
  private readonly process: TrainerProcess;
  private readonly channel: Channel<TrainerMessage, WorkerMessage>;
  private readonly limits: TrainerLimits;
  /** Ends the answers that are being worked out when nobody waits for them any more. */
  private readonly answers = new AbortController();
  private readonly startedAt = Date.now();
  private outcome: TrainerOutcome | null = null;
  private storing: Promise<void> = Promise.resolve();
  private owed = 0;
  private isReady = false;
  private heardAt = this.startedAt;
  private lastHeard = 'nothing';
  private memoryBytes: number | null = null;
  private killAt = Infinity;
  private killTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SessionOptions) {
    this.limits = options.limits ?? TRAINER_LIMITS;
    this.process = new TrainerProcess(options.command ?? nodeTrainer(options.entry ?? TRAINER_ENTRY), options.onLine);
    this.channel = new Channel<TrainerMessage, WorkerMessage>(this.process.pipe, TrainerMessage, {
      onMessage: (received) => this.hear(received),
      onClose: (error) => this.hangUp(error),
    });
  }

  async run(): Promise<TrainerOutcome> {
    const { signal } = this.options;
    const watch = setInterval(() => this.watch(), Math.min(1000, this.limits.helloMs / 4, this.limits.silenceMs / 4));
    const onStop = () => this.stop();
    signal.addEventListener('abort', onStop, { once: true });
    if (signal.aborted) onStop();
    const exit = await this.process.exited;
    clearTimeout(this.killTimer);
    clearInterval(watch);
    signal.removeEventListener('abort', onStop);
    await this.stored();
    this.answers.abort(new Error('the trainer has ended'));
    if (this.outcome) return this.outcome;
    return signal.aborted ? { kind: 'stopped' } : { kind: 'crashed', reason: describeExit(exit, this.memoryBytes) };
  }

  private readonly handlers: Handlers = {
    hello: (message) => this.welcome(message),
    phase: (message) => this.inOrder(() => this.options.handler.phase(message)),
    heartbeat: ({ memory_bytes }) => {
      this.memoryBytes = memory_bytes;
    },
    tool_call: (message) =>
      this.owe(async () => {
        const answer = await this.options.handler.callTool(message, this.answers.signal);
        this.channel.send({ type: 'tool_result', call: message.call, ...answer });
      }),
    score: (message) =>
      this.owe(async () => {
        const scores = await this.options.handler.score(message, this.answers.signal);
        this.channel.send({ type: 'scores', request: message.request, scores });
      }),
    chat: (message) => this.options.handler.chat?.(message),
    log: (message, at) => this.store(message, at),
    tree: (message, at) => this.store(message, at),
    step: (message, at) => this.store(message, at),
    unfinished_step: (message, at) => this.store(message, at),
    rollouts_wanted: (message, at) => this.store(message, at),
    checkpoint: (message, at) => this.store(message, at),
    evaluation_items: (message, at) => this.store(message, at),
    model_facts: (message, at) => this.store(message, at),
    preview_result: (message, at) => this.store(message, at),
    budget_reached: (message, at) => this.store(message, at),
    no_improvement: (message, at) => this.store(message, at),
    paused: () => this.inOrder(() => this.end({ kind: 'paused' })),
    done: ({ cancelled }) => this.inOrder(() => this.end({ kind: 'done', cancelled })),
    failed: ({ code, message }) => {
      const category = TRAINER_FAILURES[code];
      this.inOrder(() => this.end({ kind: 'failed', category, code, message }));
    },
  };

  private hear(received: Received<TrainerMessage>): void {
    this.heardAt = Date.now();
    this.lastHeard = describe(received.message);
    // The table is exhaustive; TypeScript cannot see that a message and its own row go together.
    const handle = this.handlers[received.message.type] as (
      message: TrainerMessage,
      at: Received<TrainerMessage>,
    ) => void;
    handle(received.message, received);
  }

  private welcome(hello: TrainerMessageOf<'hello'>): void {
    this.isReady = true;
    if (hello.version !== PROTOCOL_VERSION) {
      const message = `the trainer speaks version ${hello.version} of the protocol, this worker ${PROTOCOL_VERSION}: install the same version of both`;
      this.end({ kind: 'failed', category: 'server', code: 'protocol_version', message });
      return;
    }
    const missing = neededCapabilities(this.options.job).filter((name) => !hello.capabilities.includes(name));
    if (missing.length > 0) {
      const message = `the trainer lacks ${missing.join(', ')}, which the job needs; it has ${hello.capabilities.join(', ')}: install a trainer that has it`;
      this.end({ kind: 'failed', category: 'server', code: 'trainer_incapable', message });
      return;
    }
    this.inOrder(async () => {
      await this.options.handler.onHello(hello);
      this.channel.send({ type: 'start', version: PROTOCOL_VERSION, job: this.options.job });
      this.passPauseOn();
      this.options.onStarted?.((message) => this.channel.send(message));
    });
  }

  /** Once, when it is wanted and the trainer has its job. */
  private passPauseOn(): void {
    const { pausing } = this.options;
    const pause = () => this.channel.send({ type: 'pause' });
    if (pausing?.aborted) pause();
    else pausing?.addEventListener('abort', pause, { once: true });
  }

  private store(message: StorableMessage, { number, arrays }: Received<TrainerMessage>): void {
    this.inOrder(async () => {
      await this.options.handler.store(message, arrays);
      this.channel.send({ type: 'ack', number });
    });
  }

  /** Does something after everything that came before has been stored. After a failure nothing more is done. */
  private inOrder(work: () => void | Promise<void>): void {
    this.owed += 1;
    this.storing = this.storing
      .then(() => (this.outcome ? undefined : work()))
      .catch((error: unknown) => this.end({ kind: 'error', error }))
      .finally(() => this.settle());
  }

  /** Works out an answer beside everything else. */
  private owe(work: () => Promise<void>): void {
    this.owed += 1;
    work()
      .catch((error: unknown) => {
        if (!this.answers.signal.aborted) this.end({ kind: 'error', error });
      })
      .finally(() => this.settle());
  }

  private settle(): void {
    this.owed -= 1;
    this.heardAt = Date.now();
  }

  /** The first outcome counts. One that is the trainer's own word leaves it time to exit. */
  private end(outcome: TrainerOutcome): void {
    if (this.outcome) return;
    this.outcome = outcome;
    this.answers.abort(new Error('the trainer has ended'));
    const itsOwnWord = outcome.kind === 'done' || outcome.kind === 'paused' || outcome.kind === 'failed';
    this.channel.close();
    this.killAfter(itsOwnWord ? this.limits.graceMs : 0);
  }

  /** The pipe is closed. A trainer exits when it is; one whose bytes made no sense is not waited for. */
  private hangUp(error: Error | null): void {
    if (error && !isSystemError(error)) {
      this.end({ kind: 'crashed', reason: `the trainer broke the protocol: ${error.message}` });
    } else {
      this.killAfter(this.limits.graceMs);
    }
  }

  private stop(): void {
    const { kind, message } = stopOf(this.options.signal);
    this.answers.abort(new Error(message));
    // A trainer whose lease is lost is not asked: its answer would count for nothing.
    if (kind !== 'lost') this.channel.send({ type: 'cancel', reason: message });
    this.killAfter(kind === 'lost' || !this.isReady ? 0 : this.limits.graceMs);
  }

  private killAfter(ms: number): void {
    const at = Date.now() + ms;
    if (at >= this.killAt) return;
    this.killAt = at;
    clearTimeout(this.killTimer);
    this.killTimer = setTimeout(() => this.process.kill(), ms);
  }

  /** All that was said is stored; when the work is to stop that is not waited for long: what comes after the end finds the fence shut. */
  private async stored(): Promise<void> {
    const { signal } = this.options;
    const settled = new AbortController();
    const patience = async () => {
      if (!signal.aborted) await once(signal, 'abort', { signal: settled.signal });
      await sleep(this.limits.graceMs, undefined, { ref: false, signal: settled.signal });
    };
    await Promise.race([this.storing, patience().catch(() => undefined)]);
    settled.abort();
  }

  private watch(): void {
    if (this.options.signal.aborted) return;
    if (!this.isReady) {
      if (Date.now() - this.startedAt <= this.limits.helloMs) return;
      this.end({ kind: 'crashed', reason: `the trainer did not say hello within ${this.limits.helloMs / 1000} s` });
    }
    if (this.owed > 0) this.heardAt = Date.now();
    if (Date.now() - this.heardAt > this.limits.silenceMs) {
      const reason = `the trainer said nothing for ${this.limits.silenceMs / 1000} s; the last it said was ${this.lastHeard}`;
      this.end({ kind: 'silent', reason });
    }
  }
}

/** EPIPE, ECONNRESET and the like: the other end is gone. */
function isSystemError(error: Error): boolean {
  return typeof (error as NodeJS.ErrnoException).code === 'string';
}

function describe(message: TrainerMessage): string {
  switch (message.type) {
    case 'phase':
      return `phase ${message.phase} of step ${message.step}`;
    case 'tree':
    case 'step':
    case 'checkpoint':
      return `${message.type} of step ${message.step}`;
    default:
      return message.type;
  }
}
