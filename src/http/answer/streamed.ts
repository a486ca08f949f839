/** A stream as the answer of a route. */
import type { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';

/** When the stream fails half-way the connection is cut, so that the client cannot take what it has for the whole. */
export function streamed(stream: Readable, type: string, length?: number): StreamableFile {
  const file = new StreamableFile(stream, { type, ...(length === undefined ? {} : { length }) });
  file.setErrorHandler((error, response) => (response as { destroy: (error: Error) => void }).destroy(error));
  return file;
}
