/**
 * Buckets of tokens in Redis, one for each name: a taken token comes back at an even pace. They hold nothing that cannot be lost: an emptied Redis fills
 * all of them, and without Redis nothing is counted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { queueOf, type Ticket } from './jobs.js';

/** How long a request waits for an answer before it goes on uncounted. */
const REDIS_LIMIT_MS = 250;

/** By Redis's clock. KEYS[1] the bucket, ARGV[1] its size, ARGV[2] milliseconds in which an empty one fills. Gives whether a token was taken, and how many are left. */
const TAKE = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + time[2] / 1000
  local size = tonumber(ARGV[1])
  local fill = tonumber(ARGV[2])
  local bucket = redis.call('HMGET', KEYS[1], 'left', 'at')
  local left = tonumber(bucket[1] or size)
  local at = tonumber(bucket[2] or now)
  left = math.min(size, left + math.max(0, now - at) * size / fill)
  local taken = left >= 1 and 1 or 0
  left = left - taken
  redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', tostring(now))
  redis.call('PEXPIRE', KEYS[1], fill)
  return { taken, tostring(left) }`;

export interface Take {
  readonly taken: boolean;
  /** Tokens in the bucket now, not rounded. */
  readonly left: number;
}

@Injectable()
export class TokenBuckets {
  constructor(@InjectQueue(queueOf('short')) private readonly queue: Queue<Ticket>) {}

  /**
   * Takes a token out of a bucket of `size` tokens, which fills in `fillMs` when it is empty.
   * @returns null when Redis does not say
   */
  async take(name: string, size: number, fillMs: number): Promise<Take | null> {
    const redis = this.queue.client;
    // A client that has lost its server would keep the question for when it is back.
    if (redis.status !== 'ready') return null;
    const asked = redis.eval(TAKE, 1, `bough:bucket:${name}`, size, fillMs).then(
      (answer) => answer as [number, string],
      () => null,
    );
    const answer = await Promise.race([asked, sleep(REDIS_LIMIT_MS, null, { ref: false })]);
    return answer && { taken: answer[0] === 1, left: Number(answer[1]) };
  }
}
