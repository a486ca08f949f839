/** Refuses requests of a key that sends more than its project may, and tells the others how many are left. Runs after the guard that finds the key. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { TokenBuckets, type Take } from '../../queue/token-buckets.js';
import { requestOf } from '../request/request.js';

const MINUTE_S = 60;

@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(private readonly buckets: TokenBuckets) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const { tenant } = requestOf(context);
    const perMinute = tenant?.requestsPerMinute ?? null;
    if (!tenant || perMinute === null) return true;
    const response = context.switchToHttp().getResponse<Response>();
    return this.buckets.take(tenant.keyId, perMinute, MINUTE_S * 1000).then((take) => {
      if (take) admit(response, perMinute, take);
      return true;
    });
  }
}

/**
 * The headers are those of draft-ietf-httpapi-ratelimit-headers-10: `r` requests are left, and after `t` seconds without one there are `q` again.
 * @throws {AppError} RATE_LIMITED
 */
function admit(response: Response, perMinute: number, { taken, left }: Take): void {
  const secondsFor = (tokens: number) => Math.max(0, Math.ceil(((tokens - left) * MINUTE_S) / perMinute));
  response.setHeader('ratelimit-policy', `"key";q=${perMinute};w=${MINUTE_S}`);
  response.setHeader('ratelimit', `"key";r=${Math.floor(left)};t=${secondsFor(perMinute)}`);
  if (!taken) throw new AppError('RATE_LIMITED', { perMinute, retryAfterS: Math.max(1, secondsFor(1)) });
}
