/** Measures how long answers take, from the request's headers to the end of the answer. Of requests that no route takes, nothing. */
import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Histogram } from 'prom-client';

@Injectable()
export class RequestTimer {
  /** In no registry: whoever publishes it puts it into one. */
  readonly durations = new Histogram({
    name: 'bough_http_request_duration_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [],
  });

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now();
    response.once('close', () => {
      const route = request.route as { path: string } | undefined;
      if (!route) return;
      const labels = { method: request.method, route: route.path, status: String(response.statusCode) };
      this.durations.observe(labels, (performance.now() - started) / 1000);
    });
    next();
  };
}
