/** The bytes of a request's body: unpacked, and within limits of size and time. Knows nothing of what they mean. */
import { PassThrough, Transform, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import { AppError } from '../../errors/app-error.js';

export interface BodyLimits {
  /** What the body is, for messages. */
  readonly what: 'JSON body' | 'file';
  /** How large it may be, as it is sent and unpacked. */
  readonly bytes: number;
  /** How large it is said to be allowed, where that is less: `bytes` then has room for what goes with it. */
  readonly statedBytes?: number;
  /** The setting that says so. */
  readonly setting?: string;
  readonly time: TimeLimit;
}

/** In all, or the least that must come in each span of time. */
export type TimeLimit = { readonly totalMs: number } | { readonly bytes: number; readonly perMs: number };

const DECODERS = {
  identity: () => new PassThrough(),
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/**
 * To be read to its end, or destroyed. When it fails, the request itself is left alone, so that it can be answered.
 * The stream fails with PAYLOAD_TOO_LARGE, with REQUEST_TOO_SLOW, or with what `unreadable` makes of a body that is cut off or badly packed.
 * @throws {AppError} before anything is read: PAYLOAD_TOO_LARGE by its Content-Length, UNSUPPORTED_ENCODING
 */
export function requestBody(request: Request, limits: BodyLimits, unreadable: (reason: string) => AppError): Readable {
  if (Number(request.header('content-length') ?? 0) > limits.bytes) throw tooLarge(limits);
  const decoder = decoderOf(request);
  let size = 0;
  const body = new Transform({
    transform: (chunk: Buffer, _encoding, callback) => {
      size += chunk.length;
      callback(size > limits.bytes ? tooLarge(limits) : null, chunk);
    },
  });
  // Whoever reads the body hears of its errors: this one is for what nobody reads any more.
  body.on('error', () => undefined);
  decoder.on('error', (error) => body.destroy(unreadable(`it cannot be unpacked: ${error.message}`)));
  const stopWatch = watch(request, limits, (error) => body.destroy(error));
  const onClose = (): void => {
    if (!request.complete) body.destroy(unreadable('the connection was closed before its end'));
  };
  request.once('close', onClose);
  body.once('close', () => {
    stopWatch();
    request.off('close', onClose);
    request.unpipe(decoder);
    decoder.destroy();
  });
  // A client that waits for it is told to go on only now, when its body is wanted.
  if (request.header('expect')?.toLowerCase() === '100-continue') request.res?.writeContinue();
  request.pipe(decoder).pipe(body);
  return body;
}

function decoderOf(request: Request): Transform {
  const given = request.header('content-encoding')?.trim().toLowerCase() || 'identity';
  if (!Object.hasOwn(DECODERS, given)) {
    throw new AppError('UNSUPPORTED_ENCODING', { given, supported: ['gzip', 'deflate', 'br'] });
  }
  return DECODERS[given as keyof typeof DECODERS]();
}

function tooLarge({ what, bytes, statedBytes = bytes, setting }: BodyLimits): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', {
    what,
    limitBytes: statedBytes,
    ...(setting === undefined ? {} : { setting }),
  });
}

/** @returns ends the watch */
function watch(request: Request, { what, time }: BodyLimits, fail: (error: AppError) => void): () => void {
  if ('totalMs' in time) {
    const timer = setTimeout(
      () => fail(new AppError('REQUEST_TOO_SLOW', { what, limitS: time.totalMs / 1000 })),
      time.totalMs,
    );
    return () => clearTimeout(timer);
  }
  let came = 0;
  const count = (chunk: Buffer): void => void (came += chunk.length);
  request.on('data', count);
  const timer = setInterval(() => {
    // What has come and waits to be written is not the client's delay.
    if (came < time.bytes && request.readableLength === 0) {
      fail(new AppError('REQUEST_TOO_SLOW', { what, limitS: time.perMs / 1000, bytes: time.bytes }));
    }
    came = 0;
  }, time.perMs);
  return () => {
    clearInterval(timer);
    request.off('data', count);
  };
}
