/** What every route needs: validation, keys, idempotency, errors, shutdown. */
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { Config } from '../config/config.js';
import { AuthGuard } from './keys/auth.guard.js';
import { Drain } from './drain.js';
import { ErrorFilter } from './answer/error-filter.js';
import { Idempotency } from './idempotency.js';
import { JsonBodyGuard } from './request/json-body.js';
import { KnownKeys } from './keys/known-keys.js';
import { RateLimitGuard } from './keys/rate-limit.guard.js';
import { RequestTimer } from './request-timer.js';
import { SchemaPipe } from './request/schema-pipe.js';
import { Submissions } from './submissions.js';

/** Token of the `Config`. */
export const CONFIG = Symbol('Config');

@Module({})
export class HttpModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      providers: [
        Idempotency,
        Submissions,
        KnownKeys,
        RequestTimer,
        { provide: CONFIG, useValue: config },
        { provide: Drain, useFactory: () => new Drain(config.shutdownTimeoutS) },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: JsonBodyGuard },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
      exports: [CONFIG, Drain, Idempotency, KnownKeys, RequestTimer, Submissions],
    };
  }
}
