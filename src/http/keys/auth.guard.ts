/** Lets a request through when it carries a key that is in force, and says whose it is. Public routes are marked with `Public`. */
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError } from '../../errors/app-error.js';
import type { ApiKey } from '../../store/entities/api-key.entity.js';
import { KnownKeys } from './known-keys.js';
import { requestOf } from '../request/request.js';

const PUBLIC = 'bough:public';

/** Marks a controller or a route that needs no key. */
export const Public = () => SetMetadata(PUBLIC, true);

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KnownKeys,
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
    const key = await this.keys.find(text);
    if (typeof key === 'string') throw new AppError('UNAUTHENTICATED', { reason: key });
    return key;
  }
}
