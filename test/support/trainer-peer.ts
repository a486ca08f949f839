/** The worker's end of a link in memory, with a trainer's job at the other end in this process: answers tools and scores, keeps what it is told. */
import { Duplex } from 'node:stream';
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
import { CAPABILITIES, runJob } from '../../src/trainer/job.js';
import { Link } from '../../src/trainer/link.js';

const storable = new Set<TrainerMessage['type']>(STORABLE);

type ToolAnswer = Omit<Extract<WorkerMessage, { type: 'tool_result' }>, 'type' | 'call' | 'latency_ms'>;

export interface PeerAnswers {
  callTool?: (call: TrainerMessageOf<'tool_call'>) => ToolAnswer | Promise<ToolAnswer>;
  /** Of one response, as text. */
  score?: (item: { example: number; response: string }) => ScoreResult;
  /** Told each message before it is acknowledged. */
  onMessage?: (message: TrainerMessage, worker: { cancel(): void }) => void;
}

/** Two streams, each of which reads what is written to the other. */
export function streamPair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const end = (other: number) =>
    new Duplex({
      read() {},
      // As with a real pipe, nothing arrives before the writer has returned.
      write(chunk: Buffer, _encoding, done) {
        setImmediate(() => {
          ends[other]!.push(chunk);
          done();
        });
      },
      final(done) {
        ends[other]!.push(null);
        done();
      },
    });
  ends.push(end(1), end(0));
  return [ends[0]!, ends[1]!];
}

export const scored = (reward: number): ScoreResult => ({
  status: 'scored',
  reward,
  parts: {},
  flags: [],
  answer: null,
  format_valid: true,
  exact_match: reward >= 1 ? 1 : 0,
});

export class Told {
  readonly messages: { message: TrainerMessage; arrays: FrameArrays }[] = [];

  all<T extends TrainerMessage['type']>(type: T): TrainerMessageOf<T>[] {
    return this.messages
      .map(({ message }) => message)
      .filter((message): message is TrainerMessageOf<T> => message.type === type);
  }

  arraysOf(type: TrainerMessage['type']): FrameArrays[] {
    return this.messages.filter(({ message }) => message.type === type).map(({ arrays }) => arrays);
  }

  /** Its last word; throws if that was a failure. */
  get done(): TrainerMessageOf<'done'> {
    const last = this.messages.at(-1)?.message;
    if (last?.type !== 'done') throw new Error(`the trainer ended with ${JSON.stringify(last)}`);
    return last;
  }
}

/** Runs a job to its end and returns all that the trainer said. */
export async function runTrainer(job: Job, answers: PeerAnswers = {}): Promise<Told> {
  const [workerEnd, trainerEnd] = streamPair();
  const told = new Told();
  const worker = new Channel<TrainerMessage, WorkerMessage>(workerEnd, TrainerMessage, {
    onMessage: ({ number, message, arrays }) => void hear(number, message, arrays),
    onClose: () => {},
  });
  const hear = async (number: number, message: TrainerMessage, arrays: FrameArrays) => {
    told.messages.push({ message, arrays });
    answers.onMessage?.(message, { cancel: () => worker.send({ type: 'cancel', reason: 'a test' }) });
    if (message.type === 'hello') worker.send({ type: 'start', version: PROTOCOL_VERSION, job });
    if (storable.has(message.type)) worker.send({ type: 'ack', number });
    if (message.type === 'tool_call') {
      const answer = (await answers.callTool?.(message)) ?? { outcome: 'ok', text: '' };
      worker.send({ type: 'tool_result', call: message.call, latency_ms: 1, ...answer });
    }
    if (message.type === 'score') {
      const { example } = message;
      const texts = message.responses.map((parts) => parts.map(({ text }) => text).join(''));
      const scores = texts.map((response) => answers.score?.({ example, response }) ?? scored(0));
      worker.send({ type: 'scores', request: message.request, scores });
    }
    if (message.type === 'done' || message.type === 'failed') worker.close();
  };
  const link = new Link(trainerEnd, CAPABILITIES, {});
  await runJob(link);
  await link.closed;
  return told;
}
