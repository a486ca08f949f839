/**
 * Logs as JSON lines: one for each request that was answered, without what must stay secret. Lines are gathered and written together, so that
 * they may lag by `FLUSH_MS`; a process that is killed loses as much.
 */
import type { LoggerService } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { destination, pino, type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config/config.js';
import { traceIds } from '../tracing/spans.js';
import type { ApiRequest } from './request/request.js';

const FLUSH_MS = 100;
const GATHERED_BYTES = 15 * 1024;

const QUIET = ['/health/live', '/health/ready', '/metrics'];

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Writes what Nest and this service log, and as middleware a line for each answer. */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: Config['logLevel'], to: DestinationStream = gathered()) {
    this.pino = pino({ level }, to);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.write('fatal', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.write('error', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.write('warn', message, more);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.write('info', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.write('debug', message, more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.write('trace', message, more);
  }

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    if (QUIET.includes(request.path)) return next();
    const started = performance.now();
    const { method, originalUrl: url } = request;
    // Now: a connection that has been closed no longer tells.
    const { remoteAddress } = request.socket;
    response.once('close', () => {
      const { statusCode } = response;
      const { id, tenant } = request as ApiRequest;
      const req = { id, method, url, remoteAddress, project: tenant?.projectId, key: tenant?.keyId };
      const responseTime = Math.round(performance.now() - started);
      this.pino[statusCode >= 500 ? 'error' : 'info'](
        { req, res: { statusCode }, responseTime, ...traceIds() },
        `${method} ${url} ${statusCode}`,
      );
    });
    next();
  };

  /** @param more as Nest gives it: last what logs; before it, of an object the message and of a text the stack of an error */
  private write(level: Level, message: unknown, more: unknown[]): void {
    const context = more.at(-1);
    const detail = more.length > 1 ? more[0] : undefined;
    if (typeof message === 'object') {
      const fields = message instanceof Error ? { err: message } : message;
      this.pino[level]({ context, ...fields }, detail as string | undefined);
    } else {
      this.pino[level]({ context, stack: detail }, message as string);
    }
  }
}

function gathered(): DestinationStream {
  return destination({ sync: false, minLength: GATHERED_BYTES, periodicFlush: FLUSH_MS });
}
