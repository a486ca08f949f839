/**
 * Hands a secret from the API to a worker, once. What lies in Redis is unreadable without the key, and the key lies elsewhere: in the row of
 * the job that needs the secret.
 */
import { randomBytes } from 'node:crypto';
import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { seal, unseal } from '../store/sealed.js';
import { queueOf, type Ticket } from './jobs.js';
import { limited } from './limited.js';

/** For as long a job may wait before it is claimed. */
const LIFETIME_MS = 3_600_000;

@Injectable()
export class OneTimeSecrets {
  constructor(@InjectQueue(queueOf('transfer')) private readonly queue: Queue<Ticket>) {}

  /**
   * @param id of what the secret is for
   * @returns the key
   * @throws {AppError} NOT_READY when Redis does not take it
   */
  async put(id: string, secret: string): Promise<string> {
    const key = randomBytes(32);
    await limited(this.queue.client.set(nameOf(id), seal(key, secret, id).toString('base64'), 'PX', LIFETIME_MS));
    return key.toString('base64');
  }

  /**
   * For whoever holds the job: the caller forgets the key afterwards, and what could not be deleted opens for nobody and expires.
   * @returns null when it was taken, or its time is over
   * @throws {AppError} NOT_READY when Redis does not answer; the secret is then still there
   */
  async take(id: string, key: string): Promise<string | null> {
    const name = nameOf(id);
    const found = await limited(this.queue.client.get(name));
    if (found === null) return null;
    await limited(this.queue.client.del(name)).catch(() => undefined);
    return unseal(Buffer.from(key, 'base64'), Buffer.from(found, 'base64'), id);
  }
}

const nameOf = (id: string): string => `bough:secret:${id}`;
