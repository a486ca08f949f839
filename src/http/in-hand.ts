/**
 * The last guard: an error that is thrown where no handler catches it, in an event or a callback, ends the request that it happened in and not
 * the process. Not a substitute for handling errors: each is logged as a fault of the service.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { answerError } from './answer/error-answer.js';
import type { ApiRequest } from './request/request.js';

interface InHand {
  readonly request: ApiRequest;
  readonly response: Response;
}

/** On a request and on its response: what they belong to. */
const CURRENT = Symbol('in hand');
type Held = EventEmitter & { [CURRENT]: InHand };

const inHand = new AsyncLocalStorage<InHand>();
const logger = new Logger('InHand');

/** Middleware: from here on it is known to which request work belongs. */
export function keepInHand(request: Request, response: Response, next: NextFunction): void {
  const current: InHand = { request: request as ApiRequest, response };
  // Node emits these events from its parser, which belongs to the connection.
  for (const emitter of [request, response]) Object.assign(emitter, { [CURRENT]: current, emit });
  inHand.run(current, next);
}

function emit(this: Held, event: string | symbol, ...args: unknown[]): boolean {
  // Most events have no listener; an error without one is thrown.
  if (event !== 'error' && this.listenerCount(event) === 0) return false;
  return inHand.run(this[CURRENT], attempt, this, event, args);
}

function attempt(emitter: Held, event: string | symbol, args: unknown[]): boolean {
  try {
    return EventEmitter.prototype.emit.call(emitter, event, ...args);
  } catch (error) {
    fail(emitter[CURRENT], error);
    return true;
  }
}

/** To be called once in a process. What belongs to no request ends the process, as it does without this. */
export function surviveRequests(): void {
  const caught = (error: unknown): void => {
    const current = inHand.getStore();
    if (current) return fail(current, error);
    logger.fatal(error, 'An error outside of any request: this process ends');
    process.exit(1);
  };
  process.on('uncaughtException', caught);
  process.on('unhandledRejection', caught);
}

function fail({ request, response }: InHand, error: unknown): void {
  logger.error(
    `${request.method} ${request.originalUrl} threw where nothing caught it: it fails and the process goes on`,
  );
  answerError(error, request, response);
}
