/**
 * Makes a POST with an Idempotency-Key happen once. The key's row is written in the transaction that does the work: a second request with the
 * key waits for the first one's transaction and then finds either its answer or, when it failed, nothing, and does the work itself.
 */
import { createHash } from 'node:crypto';
import { createParamDecorator, Injectable, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../errors/app-error.js';
import { IdempotencyKey } from '../store/entities/idempotency-key.entity.js';
import { requestOf } from './request/request.js';

export const IDEMPOTENCY_HEADER = 'idempotency-key';

/** Printable characters without spaces. */
export const IDEMPOTENCY_KEY = /^[!-~]{1,255}$/;

export interface IdempotentRequest {
  readonly projectId: string;
  /** Null: the client sent none, and the work is simply done. */
  readonly key: string | null;
  /** Method and path. */
  readonly route: string;
  /** sha256 of the body, hex; of an upload, of its fields and the file's sha256. */
  readonly bodyHash: string;
  /** Tells the client that it gets an earlier answer. */
  readonly markReplayed: () => void;
}

/** Handler parameter of every POST. */
export const Idempotent = createParamDecorator((_: unknown, context: ExecutionContext): IdempotentRequest => {
  const request = requestOf(context);
  const response = context.switchToHttp().getResponse<Response>();
  const key = request.header(IDEMPOTENCY_HEADER) ?? null;
  if (key !== null && !IDEMPOTENCY_KEY.test(key)) {
    throw AppError.invalid('Idempotency-Key', 'give 1 to 255 printable characters without spaces');
  }
  if (!request.tenant) throw new Error('a public route cannot be idempotent');
  return {
    projectId: request.tenant.projectId,
    key,
    route: `${request.method} ${request.originalUrl.split('?', 1)[0]}`,
    bodyHash: request.bodyHash ?? '',
    markReplayed: () => response.setHeader('idempotent-replayed', 'true'),
  };
});

@Injectable()
export class Idempotency {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Runs `work` in a transaction, or answers what the first request with this key was answered.
   * @param work what it returns is the answer's body; what it throws undoes everything and frees the key
   * @param remember what to keep for replays, where the answer holds something that must not be stored
   * @throws {AppError} IDEMPOTENCY_KEY_REUSED when the key was used for another request in the last 24 hours
   */
  async once<T extends object>(
    request: IdempotentRequest,
    work: (manager: EntityManager) => Promise<T>,
    remember: (answer: T) => object = (answer) => answer,
  ): Promise<T> {
    const { projectId, key } = request;
    return this.dataSource.transaction(async (manager) => {
      if (key === null) return work(manager);
      const hash = createHash('sha256').update(`${request.route}\n${request.bodyHash}`).digest('hex');
      if (!(await reserve(manager, projectId, key, hash))) {
        const first = await manager.findOneByOrFail(IdempotencyKey, { projectId, key });
        if (first.requestHash !== hash) throw new AppError('IDEMPOTENCY_KEY_REUSED', { key });
        request.markReplayed();
        return first.response as T;
      }
      const answer = await work(manager);
      await manager.query('UPDATE idempotency_keys SET response = $3 WHERE project_id = $1 AND key = $2', [
        projectId,
        key,
        JSON.stringify(remember(answer)),
      ]);
      return answer;
    });
  }
}

/** Whether the key is free (or was used over 24 hours ago) and now taken by this transaction. */
async function reserve(manager: EntityManager, projectId: string, key: string, hash: string): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `INSERT INTO idempotency_keys AS k (project_id, key, request_hash) VALUES ($1, $2, $3)
     ON CONFLICT (project_id, key) DO UPDATE SET request_hash = $3, response = NULL, created_at = clock_timestamp()
       WHERE k.created_at < now() - interval '24 hours'
     RETURNING key`,
    [projectId, key, hash],
  );
  return rows.length > 0;
}
