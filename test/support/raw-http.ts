/** What a client that does not go by HTTP's rules sends over a connection, and what it gets back. */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  // Tests read what they expect.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  /** Until the whole answer was there. */
  readonly tookMs: number;
}

/** Sends the text and nothing more, and leaves the connection open. Takes the first answer, which must be JSON of a known length. */
export function sendRaw(url: string, text: string | Buffer, limitMs = 20_000): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const started = Date.now();
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    const timer = setTimeout(() => socket.destroy(new Error(`no answer in ${limitMs} ms, only: ${received}`)), limitMs);
    socket.on('data', (chunk) => {
      received += chunk.toString();
      const [headers = '', body] = received.split('\r\n\r\n', 2);
      const length = Number(/^content-length: (\d+)/im.exec(headers)?.[1]);
      // An answer that only tells to go on has none.
      if (body === undefined || Number.isNaN(length) || Buffer.byteLength(body) < length) return;
      clearTimeout(timer);
      socket.destroy();
      const status = Number(headers.split(' ', 2)[1]);
      resolve({ status, headers: headers.toLowerCase(), body: JSON.parse(body), tookMs: Date.now() - started });
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error(`the connection was closed after: ${received}`));
    });
  });
}
