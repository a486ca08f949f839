/** An error as an answer. Whatever is not meant for users is logged, and answered as INTERNAL or as what it means for the client. */
import { HttpException, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { isNoSpace } from '../../store/blobs/no-space.js';
import { isTransient } from '../../store/transient.js';
import { allowedMethods } from './allowed-methods.js';
import type { ApiRequest } from '../request/request.js';

const logger = new Logger('Errors');

/** Ends the request: with this error, or by cutting the connection when a part of another answer has been sent. */
export function answerError(error: unknown, request: ApiRequest, response: Response): void {
  const answer = answerFor(error, request);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(headersOf(answer))) response.setHeader(name, value);
  response.status(answer.status).json(answer.toBody());
}

function answerFor(error: unknown, request: ApiRequest): AppError {
  if (error instanceof AppError) return error;
  const { method } = request;
  const path = request.originalUrl.split('?', 1)[0] ?? '';
  if (error instanceof HttpException) {
    if (error.getStatus() === 404) {
      const allowed = allowedMethods(request);
      if (allowed.length === 0) return new AppError('ROUTE_NOT_FOUND', { method, path });
      return new AppError('METHOD_NOT_ALLOWED', { method, path, allowed });
    }
    if (error.getStatus() < 500) return AppError.invalid('', error.message);
  }
  logger.error({ err: error, requestId: request.id }, `${method} ${path} failed`);
  if (isNoSpace(error)) return new AppError('STORAGE_FULL', {}, { cause: error });
  if (isTransient(error)) return new AppError('NOT_READY', { waitingFor: ['database'] }, { cause: error });
  return new AppError('INTERNAL', {}, { cause: error });
}

function headersOf(error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  if (error.status === 409) headers['x-should-retry'] = String(error.retryable);
  if (error.status === 503) headers['retry-after'] = '1';
  if ('retryAfterS' in error.params) headers['retry-after'] = String(error.params.retryAfterS);
  if ('allowed' in error.params) headers['allow'] = error.params.allowed.join(', ');
  if ('supported' in error.params) headers['accept-encoding'] = error.params.supported.join(', ');
  if (error.status === 416 && 'sizeBytes' in error.params)
    headers['content-range'] = `bytes */${error.params.sizeBytes}`;
  return headers;
}
