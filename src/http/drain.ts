/**
 * Shuts the API down without cutting anybody off: from SIGTERM on new requests get 503, event streams end (clients continue elsewhere), and
 * requests that are being answered may finish within the time that the configuration allows.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { AppError } from '../errors/app-error.js';

@Injectable()
export class Drain implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly controller = new AbortController();
  private inFlight = 0;

  constructor(private readonly timeoutS: number) {}

  /** Aborted when the shutdown begins. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isDraining(): boolean {
    return this.controller.signal.aborted;
  }

  /** Counts requests, and refuses new ones while draining; liveness is still answered. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    if (this.isDraining && request.path !== '/health/live') {
      response.setHeader('connection', 'close');
      next(new AppError('DRAINING', {}));
      return;
    }
    this.inFlight++;
    response.once('close', () => this.inFlight--);
    next();
  };

  onModuleDestroy(): void {
    this.controller.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const deadline = Date.now() + this.timeoutS * 1000;
    while (this.inFlight > 0 && Date.now() < deadline) await sleep(20);
  }
}
