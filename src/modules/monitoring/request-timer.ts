/** Measures how long routes take, from the handler's start to the end of the answer. */
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { requestOf } from '../../http/request/request.js';
import { MonitoringService } from './monitoring.service.js';

@Injectable()
export class RequestTimer implements NestInterceptor {
  constructor(private readonly monitoring: MonitoringService) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, route } = requestOf(context);
    const response = context.switchToHttp().getResponse<Response>();
    const started = performance.now();
    response.once('close', () => {
      const path = (route as { path?: string } | undefined)?.path ?? '';
      this.monitoring.observeRequest(method, path, response.statusCode, (performance.now() - started) / 1000);
    });
    return next.handle();
  }
}
