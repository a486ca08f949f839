/** A server on loopback that hears JSON and answers as a test says. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard<Body> {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Body;
}

export abstract class JsonServer<Body> {
  readonly heard: Heard<Body>[] = [];
  /** What it does with a request. */
  abstract answer: (heard: Heard<Body>, response: ServerResponse) => void;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
        const body = (text === '' ? null : JSON.parse(text)) as Body;
        const heard = { path: request.url ?? '', headers: Object.fromEntries(headers), text, body };
        this.heard.push(heard);
        this.answer(heard, response);
      });
    });
  }

  /** @param port 0 takes a free one */
  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** From now on every request gets this answer. */
  answers(status: number, body: string | Buffer = '', headers: Record<string, string> = {}): void {
    this.answer = (_, response) => void response.writeHead(status, headers).end(body);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
