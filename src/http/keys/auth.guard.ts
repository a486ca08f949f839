/** Lets a request through when it carries a key that is in force and may do this, and says whose it is. Public routes are marked with `Public`. */
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError } from '../../errors/app-error.js';
import type { KeyScope } from '../../spec/enums.js';
import { isRolloutKey } from './api-key-text.js';
import { KnownKeys, type FoundKey } from './known-keys.js';
import { requestOf, type ApiRequest } from '../request/request.js';

const PUBLIC = 'bough:public';
const SCOPE = 'bough:scope';

/** Marks a controller or a route that needs no key. */
export const Public = () => SetMetadata(PUBLIC, true);

/** Marks a controller or a route whose requests need this scope; others need `read` or `write`, by their method. */
export const NeedsScope = (scope: KeyScope) => SetMetadata(SCOPE, scope);

@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KnownKeys,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const marked = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, marked)) return true;
    const request = requestOf(context);
    const needed = this.reflector.getAllAndOverride<KeyScope | undefined>(SCOPE, marked) ?? scopeOf(request);
    const text = keyText(request.header('authorization'));
    if (isRolloutKey(text)) throw new AppError('UNAUTHENTICATED', { reason: 'of_a_rollout' });
    const found = this.keys.find(text);
    return found instanceof Promise ? found.then((key) => admit(request, key, needed)) : admit(request, found, needed);
  }
}

function scopeOf({ method }: ApiRequest): KeyScope {
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write';
}

/**
 * The key that a request carries.
 * @throws {AppError} UNAUTHENTICATED for none
 */
export function keyText(header: string | undefined): string {
  if (header === undefined) throw new AppError('UNAUTHENTICATED', { reason: 'missing' });
  const text = /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (text === undefined) throw new AppError('UNAUTHENTICATED', { reason: 'malformed' });
  return text;
}

function admit(request: ApiRequest, key: FoundKey, needed: KeyScope): true {
  if (key === 'disabled') throw new AppError('PROJECT_DISABLED', {});
  if (typeof key === 'string') throw new AppError('UNAUTHENTICATED', { reason: key });
  const { projectId, id: keyId, scopes, project } = key;
  if (!scopes.includes(needed)) throw new AppError('SCOPE_MISSING', { needed, scopes });
  request.tenant = { projectId, keyId, scopes, requestsPerMinute: project?.limits.requests_per_minute ?? null };
  return true;
}
