/**
 * Logs as JSON lines: one for each request that was answered, without what must stay secret. Lines are gathered and written together, so that
 * they may lag by `FLUSH_MS`; a process that is killed loses as much.
 */
import { LoggerModule } from 'nestjs-pino';
import type { DynamicModule } from '@nestjs/common';
import { destination } from 'pino';
import type { Config } from '../config/config.js';
import type { ApiRequest } from './request/request.js';

const FLUSH_MS = 100;
const GATHERED_BYTES = 4096;

const QUIET = ['/health/live', '/health/ready', '/metrics'];

export function loggerModule({ logLevel }: Pick<Config, 'logLevel'>): DynamicModule {
  return LoggerModule.forRoot({
    pinoHttp: [
      {
        level: logLevel,
        genReqId: (request) => (request as ApiRequest).id,
        autoLogging: { ignore: (request) => QUIET.includes((request as ApiRequest).path) },
        customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : 'info'),
        customSuccessMessage: (request, response) =>
          `${request.method} ${(request as ApiRequest).originalUrl} ${response.statusCode}`,
        serializers: {
          req: (request: { id: string; method: string; url: string; remoteAddress: string }) => ({
            id: request.id,
            method: request.method,
            url: request.url,
            remoteAddress: request.remoteAddress,
          }),
          res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
        },
      },
      destination({ sync: false, minLength: GATHERED_BYTES, periodicFlush: FLUSH_MS }),
    ],
  });
}
