/** The one place that turns errors into answers. Whatever is not meant for users is logged and answered as INTERNAL. */
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { AppError } from '../errors/app-error.js';
import { isNoSpace } from '../store/blobs/no-space.js';
import type { ApiRequest } from './request.js';

@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<ApiRequest>();
    const response = http.getResponse<Response>();
    const answer = this.answerFor(error, request);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    if (!request.complete) {
      // What is still being sent is not read: the connection cannot be used again.
      response.setHeader('connection', 'close');
    }
    for (const [name, value] of Object.entries(headersOf(answer))) response.setHeader(name, value);
    response.status(answer.status).json(answer.toBody());
  }

  private answerFor(error: unknown, request: ApiRequest): AppError {
    if (error instanceof AppError) return error;
    const path = request.originalUrl.split('?', 1)[0] ?? '';
    if (error instanceof HttpException) {
      if (error.getStatus() === 404) return new AppError('ROUTE_NOT_FOUND', { method: request.method, path });
      if (error.getStatus() < 500) return AppError.invalid('', error.message);
    }
    this.logger.error({ err: error, requestId: request.id }, `${request.method} ${path} failed`);
    return isNoSpace(error)
      ? new AppError('STORAGE_FULL', {}, { cause: error })
      : new AppError('INTERNAL', {}, { cause: error });
  }
}

function headersOf(error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  if (error.status === 409) headers['x-should-retry'] = String(error.retryable);
  if (error.status === 503) headers['retry-after'] = '1';
  if (error.status === 416 && 'sizeBytes' in error.params)
    headers['content-range'] = `bytes */${error.params.sizeBytes}`;
  return headers;
}
