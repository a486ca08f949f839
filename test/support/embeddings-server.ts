/**
 * An embedding model in OpenAI's form: `POST /v1/embeddings`. It counts the runs of three letters of a text by their hash, so that texts which are spelt
 * alike lie close to each other; a small model, but a real one.
 */
import { createHash } from 'node:crypto';
import { JsonServer, type Heard } from './json-server.js';

export interface EmbeddingsRequest {
  readonly model: string;
  readonly input: readonly string[];
}

const DIMENSIONS = 250;

export class EmbeddingsServer extends JsonServer<EmbeddingsRequest> {
  /** Of the answers from now on. */
  dimensions = DIMENSIONS;

  override answer: JsonServer<EmbeddingsRequest>['answer'] = ({ path, body }: Heard<EmbeddingsRequest>, response) => {
    response.setHeader('content-type', 'application/json');
    if (path !== '/v1/embeddings') return void response.writeHead(404).end('{"error":{"message":"no such route"}}');
    const data = body.input.map((text, index) => ({ object: 'embedding', index, embedding: this.embed(text) }));
    // In any order: the index says what is whose.
    response.end(JSON.stringify({ object: 'list', model: body.model, data: data.toReversed() }));
  };

  static open(): Promise<EmbeddingsServer> {
    return new EmbeddingsServer().listen();
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  /** All texts that were to be embedded, in the order in which they came. */
  get texts(): string[] {
    return this.heard.flatMap(({ body }) => body.input);
  }

  embed(text: string): number[] {
    const counts = new Array<number>(this.dimensions).fill(0);
    const letters = ` ${text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()} `;
    for (let at = 0; at + 3 <= letters.length; at += 1) {
      const hash = createHash('sha256')
        .update(letters.slice(at, at + 3))
        .digest();
      counts[hash.readUInt32LE() % this.dimensions]! += hash[4]! % 2 === 0 ? 1 : -1;
    }
    return counts;
  }
}
