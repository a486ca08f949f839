/** A user's server for http tools, on loopback: hears requests and answers as a test says. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HeardCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: { job: string; call: string; previous: string[]; name: string; arguments: Record<string, unknown> };
}

export class ToolServer {
  readonly heard: HeardCall[] = [];
  /** What it does with a call; by default it says what it was given. */
  answer: (call: HeardCall, response: ServerResponse) => void = ({ body }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ text: `called with ${JSON.stringify(body.arguments)}` }));
  };
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const call = {
          headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
          text,
          body: JSON.parse(text) as HeardCall['body'],
        };
        this.heard.push(call);
        this.answer(call, response);
      });
    });
  }

  /** @param port 0 takes a free one */
  static async open(port = 0): Promise<ToolServer> {
    const opened = new ToolServer();
    await new Promise<void>((resolve) => opened.server.listen(port, '127.0.0.1', resolve));
    return opened;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/tools`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
