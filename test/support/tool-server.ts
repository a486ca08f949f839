/** A user's server for http tools, on loopback. */
import { JsonServer, type Heard } from './json-server.js';

interface Call {
  readonly job: string;
  readonly call: string;
  readonly previous: string[];
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

export class ToolServer extends JsonServer<Call> {
  /** By default it says what it was given. */
  override answer: JsonServer<Call>['answer'] = ({ body }: Heard<Call>, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ text: `called with ${JSON.stringify(body.arguments)}` }));
  };

  /** @param port 0 takes a free one */
  static open(port = 0): Promise<ToolServer> {
    return new ToolServer().listen(port);
  }

  override get url(): string {
    return `http://127.0.0.1:${this.port}/tools`;
  }
}
