/** A typed two-way channel of frames over a duplex stream: sends, receives and acknowledges. Knows no processes and no policy. */
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { encodeFrame, FrameDecoder, type FrameArrays } from './frames.js';

export interface Received<In> {
  number: number;
  message: In;
  arrays: FrameArrays;
}

/** The other side has said what the protocol does not have: most likely the two are of different versions. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/**
 * Validates what arrives with `schema`. A frame that does not parse destroys the stream: the two sides disagree about the protocol.
 * `onMessage` is called in order; `onClose` once, with the error if there was one, a ProtocolError where a message was not understood.
 */
export class Channel<In, Out> {
  private readonly decoder = new FrameDecoder();
  private sent = 0;
  private closed = false;

  constructor(
    private readonly stream: Duplex,
    schema: z.ZodType<In>,
    handlers: { onMessage(received: Received<In>): void; onClose(error: Error | null): void },
  ) {
    let failure: Error | null = null;
    stream.on('data', (chunk: Buffer) => {
      try {
        for (const { number, message, arrays } of this.decoder.push(chunk)) {
          handlers.onMessage({ number, message: understood(schema, message), arrays });
        }
      } catch (error) {
        stream.destroy(error as Error);
      }
    });
    stream.on('error', (error) => (failure = error));
    stream.on('close', () => {
      this.closed = true;
      handlers.onClose(failure);
    });
    stream.on('end', () => stream.destroy());
  }

  /** Sends one message and returns its number. Silently drops it when the other side is gone, of which `onClose` tells. */
  send(message: Out, arrays: FrameArrays = {}): number {
    this.sent += 1;
    if (!this.closed) this.stream.write(encodeFrame({ number: this.sent, message, arrays }));
    return this.sent;
  }

  /** Resolves when everything sent so far has been handed to the operating system. */
  flush(): Promise<void> {
    return new Promise((resolve) => (this.closed ? resolve() : this.stream.write(Buffer.alloc(0), () => resolve())));
  }

  /** What is sent from here on is dropped. */
  close(): void {
    this.closed = true;
    this.stream.end();
  }
}

function understood<In>(schema: z.ZodType<In>, message: unknown): In {
  const { data, error } = schema.safeParse(message);
  if (error === undefined) return data;
  const type = String((message as { type?: unknown } | null)?.type);
  throw new ProtocolError(`a message of type ${type} is not what the protocol says: ${z.prettifyError(error)}`);
}
