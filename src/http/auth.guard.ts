/** Lets a request through when it carries a key that is in force, and says whose it is. Public routes are marked with `Public`. */
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AppError } from '../errors/app-error.js';
import { ApiKey } from '../store/entities/api-key.entity.js';
import { hashKey } from './api-key-text.js';
import { keyRefusal } from './key-in-force.js';
import { requestOf } from './request.js';

const PUBLIC = 'bough:public';

/** Marks a controller or a route that needs no key. */
export const Public = () => SetMetadata(PUBLIC, true);

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly dataSource: DataSource,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const request = requestOf(context);
    const key = await this.keyOf(request.header('authorization'));
    request.tenant = { projectId: key.projectId, keyId: key.id };
    return true;
  }

  private async keyOf(header: string | undefined): Promise<ApiKey> {
    if (header === undefined) throw new AppError('UNAUTHENTICATED', { reason: 'missing' });
    const text = /^Bearer +(\S+) *$/i.exec(header)?.[1];
    if (text === undefined) throw new AppError('UNAUTHENTICATED', { reason: 'malformed' });
    const key = await this.dataSource.manager.findOneBy(ApiKey, { hash: hashKey(text) });
    if (!key) throw new AppError('UNAUTHENTICATED', { reason: 'unknown' });
    const reason = keyRefusal(key);
    if (reason) throw new AppError('UNAUTHENTICATED', { reason });
    if (!key.lastUsedAt || Date.now() - key.lastUsedAt.getTime() > 60_000) await this.noteUse(key);
    return key;
  }

  /** Once a minute at most, so that a busy key costs no write per request. */
  private async noteUse(key: ApiKey): Promise<void> {
    await this.dataSource.query(
      `UPDATE api_keys SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
      [key.id],
    );
  }
}
