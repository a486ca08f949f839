/** Lets a request through when it carries a key that is in force, and says whose it is. Public routes are marked with `Public`. */
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError } from '../../errors/app-error.js';
import { KnownKeys, type FoundKey } from './known-keys.js';
import { requestOf, type ApiRequest } from '../request/request.js';

const PUBLIC = 'bough:public';

/** Marks a controller or a route that needs no key. */
export const Public = () => SetMetadata(PUBLIC, true);

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KnownKeys,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const request = requestOf(context);
    const found = this.keys.find(keyText(request.header('authorization')));
    return found instanceof Promise ? found.then((key) => admit(request, key)) : admit(request, found);
  }
}

function keyText(header: string | undefined): string {
  if (header === undefined) throw new AppError('UNAUTHENTICATED', { reason: 'missing' });
  const text = /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (text === undefined) throw new AppError('UNAUTHENTICATED', { reason: 'malformed' });
  return text;
}

function admit(request: ApiRequest, key: FoundKey): true {
  if (typeof key === 'string') throw new AppError('UNAUTHENTICATED', { reason: key });
  request.tenant = { projectId: key.projectId, keyId: key.id };
  return true;
}
