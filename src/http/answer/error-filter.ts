/** Everything that a route, a guard or a middleware throws becomes an answer; what is thrown elsewhere is caught by in-hand.ts. */
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { answerError } from './error-answer.js';
import type { ApiRequest } from '../request/request.js';

@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerError(error, http.getRequest<ApiRequest>(), http.getResponse<Response>());
  }
}
