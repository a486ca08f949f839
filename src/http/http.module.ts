/** What every route needs: validation, keys, idempotency, errors, shutdown. */
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import type { Config } from '../config/config.js';
import { AnswerInterceptor } from './answer/answer.interceptor.js';
import { AuthGuard } from './keys/auth.guard.js';
import { Drain } from './drain.js';
import { ErrorFilter } from './answer/error-filter.js';
import { Idempotency } from './idempotency.js';
import { JsonBodyInterceptor } from './request/json-body.js';
import { KnownKeys } from './keys/known-keys.js';
import { SchemaPipe } from './request/schema-pipe.js';

/** Token of the `Config`. */
export const CONFIG = Symbol('Config');

export interface HttpOptions {
  /** Fail when an answer does not fit its schema, instead of logging it. */
  strictAnswers?: boolean;
}

@Module({})
export class HttpModule {
  static forRoot(config: Config, { strictAnswers = false }: HttpOptions = {}): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      providers: [
        Idempotency,
        KnownKeys,
        { provide: CONFIG, useValue: config },
        { provide: Drain, useFactory: () => new Drain(config.shutdownTimeoutS) },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: APP_FILTER, useClass: ErrorFilter },
        { provide: APP_INTERCEPTOR, useClass: JsonBodyInterceptor },
        {
          provide: APP_INTERCEPTOR,
          useFactory: (reflector: Reflector) => new AnswerInterceptor(reflector, strictAnswers),
          inject: [Reflector],
        },
      ],
      exports: [CONFIG, Drain, Idempotency, KnownKeys],
    };
  }
}
