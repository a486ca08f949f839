/** Reads JSON bodies, of requests that may be made. Not uploads: those are streamed by the route that takes them. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError } from '../../errors/app-error.js';
import { checkShape } from './json-shape.js';
import { JSON_TYPE, mediaTypesOf } from './media-types.js';
import { requestBody, type BodyLimits } from './request-body.js';
import { requestOf, type ApiRequest } from './request.js';

/** A run's specification is far smaller. */
const LIMITS: BodyLimits = { what: 'JSON body', bytes: 4 * 1024 * 1024, time: { totalMs: 30_000 } };

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Comes after the guard that asks for a key, so that nothing is read of a request without one. Answers 400, 408, 413 or 415 for what is not readable JSON. */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = requestOf(context);
    if (!WITH_BODY.has(request.method) || !hasBody(request)) return true;
    const { types, remedy } = mediaTypesOf(this.reflector, context.getHandler());
    const type = request.is([...types]);
    if (!type) {
      const given = request.header('content-type') ?? 'missing';
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', { expected: remedy, given });
    }
    return type === JSON_TYPE ? readJson(request).then(() => true) : true;
  }
}

function hasBody(request: ApiRequest): boolean {
  return request.header('transfer-encoding') !== undefined || Number(request.header('content-length') ?? 0) > 0;
}

async function readJson(request: ApiRequest): Promise<void> {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.header('content-type') ?? '')?.[1] ?? 'utf-8';
  if (!/^utf-?8$/i.test(charset)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', { expected: 'application/json in UTF-8', given: `in ${charset}` });
  }
  const invalid = (reason: string) => new AppError('INVALID_JSON', { reason });
  const bytes = await buffer(requestBody(request, LIMITS, invalid));
  request.bodyHash = createHash('sha256').update(bytes).digest('hex');
  request.body = parse(bytes);
}

function parse(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('INVALID_JSON', { reason: 'it is not UTF-8' });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('INVALID_JSON', { reason: (error as Error).message });
  }
  checkShape(text, value, '');
  return value;
}
