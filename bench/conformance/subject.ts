/** The trainer under test: its process, everything that it says, and waits that end. Answers what it asks unless a check does that itself. Judges only framing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Channel } from '../../src/protocol/channel.js';
import type { FrameArrays } from '../../src/protocol/frames.js';
import {
  PROTOCOL_VERSION,
  STORABLE,
  TrainerMessage,
  type Job,
  type ScoreResult,
  type TrainerMessageOf,
  type WorkerMessage,
} from '../../src/protocol/messages.js';
import { TrainerProcess, type TrainerCommand, type TrainerExit } from '../../src/worker/trainer/trainer-process.js';
import { searchResult } from './material.js';

export interface Said<M extends TrainerMessage = TrainerMessage> {
  readonly number: number;
  readonly message: M;
  readonly arrays: FrameArrays;
}

/** What a check does otherwise than a worker that has all answers at hand. */
export interface Answers {
  /** False: what is to be stored is not acknowledged before `acknowledge` is called. */
  readonly acknowledges?: boolean;
  /** False: calls of tools get no answer. */
  readonly callsTools?: boolean;
  readonly score?: (question: TrainerMessageOf<'score'>) => ScoreResult[];
}

const storable = new Set<TrainerMessage['type']>(STORABLE);
const LAST_WORDS = new Set<TrainerMessage['type']>(['done', 'paused', 'failed']);

/** Where an error came from, which pushes out what it says. */
const STACK = /^\s+at /;

/** A score of an answer. */
export const worth = (reward: number): ScoreResult => ({
  status: 'scored',
  reward,
  parts: {},
  flags: [],
  answer: null,
  format_valid: true,
  exact_match: reward,
});

/** Every second answer to a question is worth 1, so that groups have a spread. */
const alternating = ({ responses }: TrainerMessageOf<'score'>): ScoreResult[] => responses.map((_, i) => worth(i % 2));

export class Subject {
  readonly said: Said[] = [];
  private readonly process: TrainerProcess;
  private readonly channel: Channel<TrainerMessage, WorkerMessage>;
  private readonly heard = new Set<() => void>();
  private exit: TrainerExit | null = null;
  private fault: Error | null = null;
  private unacknowledged: number[] = [];

  /** @param limitMs how long it is waited for, each time */
  constructor(
    command: TrainerCommand,
    private readonly limitMs: number,
    private readonly answers: Answers = {},
  ) {
    this.process = new TrainerProcess(command, () => undefined);
    this.channel = new Channel<TrainerMessage, WorkerMessage>(this.process.pipe, TrainerMessage, {
      onMessage: (said) => this.hear(said),
      onClose: (error) => {
        // A pipe whose other end has died ends with an error of the system.
        if (error && (error as NodeJS.ErrnoException).code === undefined) this.fault = error;
        this.wake();
      },
    });
    void this.noteExit();
  }

  /** Waits for its greeting and gives it a job. */
  async start(job: Job, version = PROTOCOL_VERSION): Promise<TrainerMessageOf<'hello'>> {
    const hello = await this.says('hello');
    this.send({ type: 'start', version, job });
    return hello.message;
  }

  send(message: WorkerMessage): void {
    this.channel.send(message);
  }

  /** Bytes as they are, outside of any frame. */
  write(bytes: Buffer): void {
    this.process.pipe.write(bytes);
  }

  hangUp(): void {
    this.channel.close();
  }

  acknowledge(): void {
    for (const number of this.unacknowledged) this.send({ type: 'ack', number });
    this.unacknowledged = [];
  }

  all<T extends TrainerMessage['type']>(type: T): Said<TrainerMessageOf<T>>[] {
    return this.said.filter((said): said is Said<TrainerMessageOf<T>> => said.message.type === type);
  }

  /** The first message of a type that fits, said already or still to come. @throws {Error} when it does not come in time, or cannot any more */
  async says<T extends TrainerMessage['type']>(
    type: T,
    fits: (message: TrainerMessageOf<T>) => boolean = () => true,
  ): Promise<Said<TrainerMessageOf<T>>> {
    const found = () => this.all(type).find(({ message }) => fits(message));
    await this.until(() => found() !== undefined || this.lastWord() !== null, `\`${type}\``);
    const said = found();
    if (!said) throw new Error(`it ended with ${JSON.stringify(this.lastWord())} and had not said \`${type}\``);
    return said;
  }

  /** Its last word, once its process has ended. @throws {Error} when it does not end, dies, or breaks the protocol */
  async ends(): Promise<TrainerMessage> {
    await this.until(() => this.lastWord() !== null, 'its last word');
    this.channel.close();
    const { code, signal } = await this.exits();
    if (code !== 0) throw new Error(`its process ended with ${signal ?? `code ${code}`} after its last word`);
    const last = this.said.at(-1)?.message;
    if (!last || !LAST_WORDS.has(last.type)) throw new Error(`\`${last?.type}\` came after its last word`);
    return last;
  }

  /** @throws {Error} when its process goes on */
  async exits(): Promise<TrainerExit> {
    await this.until(() => this.exit !== null, 'the end of its process', true);
    return this.exit!;
  }

  /** To be called when a check is over, however it went. */
  async end(): Promise<void> {
    this.process.kill();
    await Promise.race([this.process.exited, sleep(5000, undefined, { ref: false })]);
  }

  private async noteExit(): Promise<void> {
    this.exit = await this.process.exited;
    this.wake();
  }

  private lastWord(): TrainerMessage | null {
    return this.said.find(({ message }) => LAST_WORDS.has(message.type))?.message ?? null;
  }

  private hear(said: Said): void {
    const { number, message } = said;
    this.said.push(said);
    if (number !== this.said.length) this.fault ??= new Error(`frame ${this.said.length} has the number ${number}`);
    const { acknowledges = true, callsTools = true, score = alternating } = this.answers;
    if (storable.has(message.type)) {
      this.unacknowledged.push(number);
      if (acknowledges) this.acknowledge();
    }
    if (message.type === 'tool_call' && callsTools) {
      const answer = { outcome: 'ok', text: searchResult(message.input), latency_ms: 1 } as const;
      this.send({ type: 'tool_result', call: message.call, ...answer });
    }
    if (message.type === 'score') {
      this.send({ type: 'scores', request: message.request, scores: score(message) });
    }
    this.wake();
  }

  /** @param also when it may have ended before: what is waited for is then not in vain */
  private async until(holds: () => boolean, what: string, also = false): Promise<void> {
    const end = performance.now() + this.limitMs;
    while (!holds()) {
      if (this.fault) throw new Error(`it broke the protocol: ${this.fault.message}`);
      if (this.exit && !also) {
        const { code, signal, startError, tail } = this.exit;
        const how = startError?.message ?? signal ?? `code ${code}`;
        throw new Error(
          [`it ended (${how}) before ${what} came`, ...tail.filter((line) => !STACK.test(line)).slice(-8)].join(
            '\n      ',
          ),
        );
      }
      const left = end - performance.now();
      const last = this.said.at(-1)?.message.type ?? 'nothing';
      if (left <= 0) throw new Error(`${what} did not come within ${this.limitMs / 1000} s; the last it said: ${last}`);
      await this.news(left);
    }
    if (this.fault) throw new Error(`it broke the protocol: ${this.fault.message}`);
  }

  private news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.heard.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.heard.add(done);
    });
  }

  private wake(): void {
    for (const wake of this.heard) wake();
  }
}
