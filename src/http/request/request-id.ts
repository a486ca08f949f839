/** Gives every request an id: the client's own, where it sends a sensible one, else a new one. */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { ApiRequest } from './request.js';

export const REQUEST_ID_HEADER = 'x-request-id';

export function requestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.header(REQUEST_ID_HEADER);
  const id = given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : `req_${randomUUID()}`;
  (request as ApiRequest).id = id;
  response.setHeader(REQUEST_ID_HEADER, id);
  next();
}
