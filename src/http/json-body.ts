/** Reads JSON bodies. Not uploads: those are streamed by the route that takes them. */
import { createHash } from 'node:crypto';
import express, { type NextFunction, type Request, type Response } from 'express';
import { AppError } from '../errors/app-error.js';
import type { ApiRequest } from './request.js';

/** Bytes of a JSON body; a run's specification is far smaller. */
export const MAX_JSON_BYTES = 4 * 1024 * 1024;

const parse = express.json({
  limit: MAX_JSON_BYTES,
  verify: (request, _response, bytes) => {
    (request as unknown as ApiRequest).bodyHash = createHash('sha256').update(bytes).digest('hex');
  },
});

/** Middleware; answers 400, 413 or 415 for what is not readable JSON. */
export function jsonBody(request: Request, response: Response, next: NextFunction): void {
  const type = request.header('content-type');
  const hasBody =
    request.header('transfer-encoding') !== undefined || Number(request.header('content-length') ?? 0) > 0;
  if (hasBody && !request.is(['application/json', 'multipart/form-data'])) {
    next(new AppError('UNSUPPORTED_MEDIA_TYPE', { expected: 'application/json', given: type ?? 'missing' }));
    return;
  }
  parse(request, response, (error?: unknown) => next(error === undefined ? undefined : readable(error, type)));
}

/** body-parser's errors as ours. */
function readable(error: unknown, type = 'missing'): unknown {
  const { type: kind, message } = error as { type?: string; message: string };
  switch (kind) {
    case 'entity.too.large':
      return new AppError('PAYLOAD_TOO_LARGE', { what: 'JSON body', limitBytes: MAX_JSON_BYTES });
    case 'entity.parse.failed':
      return new AppError('INVALID_JSON', { reason: message });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new AppError('UNSUPPORTED_MEDIA_TYPE', {
        expected: 'application/json in UTF-8',
        given: `${type} (${message})`,
      });
    case 'request.aborted':
    case 'request.size.invalid':
      return new AppError('INVALID_JSON', { reason: message });
    default:
      return error;
  }
}
