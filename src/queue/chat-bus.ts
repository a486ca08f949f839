/**
 * Carries chats between API and workers, in Redis: a list of requests for each model that is served and each run whose agents are outside, and a channel of what is answered for each API process. Nothing here lasts: a
 * request that nobody has taken within a minute is forgotten, and an answer that Redis loses ends its request with an error.
 */
import { randomUUID } from 'node:crypto';
import { InjectQueue } from '@nestjs/bull';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Queue } from 'bull';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ChatEvent, ChatRequest } from '../spec/chat.js';
import { queueOf, type Ticket } from './jobs.js';
import { limited } from './limited.js';

/** How long a request may wait to be taken. */
export const CHAT_WAIT_MS = 60_000;
/** Requests that are taken at a time. */
const BATCH = 64;

/** What an API process asks of whoever serves a model. */
const Asked = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('chat'), api: z.string(), expires_at: z.number(), chat: ChatRequest }),
  z.object({ kind: z.literal('cancelled'), request: z.string() }),
  z.object({ kind: z.literal('look') }).describe('Of a run: a rollout of an agent that is outside has ended.'),
]);
export type Asked = z.infer<typeof Asked>;

/** What a worker says: what the trainer does, and now and then that it is at work. */
const Said = z.union([ChatEvent, z.object({ kind: z.literal('working'), request: z.string() })]);
export type Said = z.infer<typeof Said>;
const AllSaid = z.array(Said);

@Injectable()
export class ChatBus implements OnApplicationShutdown {
  /** Names this process where it hears answers. */
  readonly id = randomUUID();
  private readonly logger = new Logger(ChatBus.name);
  private readonly connections = new Set<Redis>();

  constructor(@InjectQueue(queueOf('chat')) private readonly queue: Queue<Ticket>) {}

  /**
   * Puts something on the list of a model or a run.
   * @throws {AppError} NOT_READY when Redis does not take it
   */
  async ask(id: string, asked: Asked): Promise<void> {
    const list = listOf(id);
    await limited(this.queue.client.multi().rpush(list, JSON.stringify(asked)).pexpire(list, CHAT_WAIT_MS).exec());
  }

  /**
   * Hears what is said to this process, from now on and until it ends.
   * @throws {AppError} NOT_READY when Redis does not answer
   */
  async hear(onSaid: (said: Said) => void): Promise<void> {
    const redis = this.connect();
    redis.on('message', (_channel, text) => {
      for (const said of AllSaid.parse(JSON.parse(text))) onSaid(said);
    });
    await limited(redis.subscribe(channelOf(this.id)));
  }

  /** Says something to the API process that asked. What does not arrive is not said again. */
  say(api: string, said: readonly Said[]): void {
    this.queue.client
      .publish(channelOf(api), JSON.stringify(said))
      .catch((error: unknown) => this.logger.warn(`an answer is lost: ${String(error)}`));
  }

  /** A reader of the list of a model or a run; close it in the end. */
  reader(id: string): ChatReader {
    return new ChatReader(this.connect(), listOf(id), (redis) => this.disconnect(redis));
  }

  onApplicationShutdown(): void {
    for (const redis of this.connections) this.disconnect(redis);
  }

  private connect(): Redis {
    const redis = this.queue.client.duplicate({ maxRetriesPerRequest: null });
    // Without a listener it would end the process; it connects again by itself.
    redis.on('error', () => undefined);
    this.connections.add(redis);
    return redis;
  }

  private disconnect(redis: Redis): void {
    redis.disconnect();
    this.connections.delete(redis);
  }
}

/** Takes what is on one list, on a connection of its own, which waits in Redis. */
export class ChatReader {
  constructor(
    private readonly redis: Redis,
    private readonly list: string,
    private readonly onClose: (redis: Redis) => void,
  ) {}

  /** What is there, in order; nothing where nothing comes within the time. Rejects when the reader is closed meanwhile. */
  async take(waitMs: number): Promise<Asked[]> {
    const first = await this.redis.blpop(this.list, waitMs / 1000);
    if (first === null) return [];
    const more = (await this.redis.lpop(this.list, BATCH)) ?? [];
    return [first[1], ...more].map((text) => Asked.parse(JSON.parse(text)));
  }

  close(): void {
    this.onClose(this.redis);
  }
}

const listOf = (id: string): string => `bough:chat:${id}`;
const channelOf = (api: string): string => `bough:chat:said:${api}`;
