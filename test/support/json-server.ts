/** A server on loopback that hears JSON and answers as a test says. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from './local-server.js';

export interface Heard<Body> {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Body;
}

export abstract class JsonServer<Body> extends LocalServer {
  readonly heard: Heard<Body>[] = [];
  /** What it does with a request. */
  abstract answer: (heard: Heard<Body>, response: ServerResponse) => void;

  /** From now on every request gets this answer. */
  answers(status: number, body: string | Buffer = '', headers: Record<string, string> = {}): void {
    this.answer = (_, response) => void response.writeHead(status, headers).end(body);
  }

  protected take(request: IncomingMessage, bytes: Buffer, response: ServerResponse): void {
    const text = bytes.toString();
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const body = (text === '' ? null : JSON.parse(text)) as Body;
    const heard = { path: request.url ?? '', headers: Object.fromEntries(headers), text, body };
    this.heard.push(heard);
    this.answer(heard, response);
  }
}
