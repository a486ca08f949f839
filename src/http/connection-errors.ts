/** Answers what Node's own HTTP parser refuses, before there is a request that could be routed, or hands over: in JSON, as every error. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { AppError } from '../errors/app-error.js';
import { REQUEST_ID_HEADER } from './request/request-id.js';

/** Time for the client to read the answer before the connection is closed. */
const LINGER_MS = 1000;

const logger = new Logger('Connections');

type ParserError = Error & { code?: string; reason?: string };

export function answerParserErrors(server: Server): void {
  server.on('clientError', (error: ParserError, socket: Duplex) => {
    if (socket.writableEnded) return;
    const { _httpMessage: begun } = socket as { _httpMessage?: { headersSent: boolean } };
    if (error.code === 'ECONNRESET' || !socket.writable || begun?.headersSent) {
      socket.destroy();
      return;
    }
    refuse(socket, answerFor(error), error.code);
  });
  // A proxy would open a tunnel; Node hands the connection over and forgets it.
  server.on('connect', ({ url = '' }: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, new AppError('METHOD_NOT_ALLOWED', { method: 'CONNECT', path: url, allowed: ['GET', 'POST'] }));
  });
}

function refuse(socket: Duplex, answer: AppError, code?: string): void {
  const id = `req_${randomUUID()}`;
  logger.log({ requestId: id, code }, `A request was refused: ${answer.message}`);
  socket.end(written(answer, id));
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function answerFor({ code, reason, message }: ParserError): AppError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('HEADERS_TOO_LARGE', { limitBytes: 16 * 1024 });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('REQUEST_TOO_SLOW', { what: 'headers', limitS: 60 });
    default:
      return new AppError('INVALID_HTTP', { reason: reason ?? message });
  }
}

function written(answer: AppError, id: string): string {
  const body = JSON.stringify(answer.toBody());
  return [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID_HEADER}: ${id}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
