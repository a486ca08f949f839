/** An endpoint that embeds by the words of a text, a hash of each: it costs next to nothing, so that what is measured is the search. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';

export const DIMENSIONS = 384;

/** @returns its base URL, and what ends it */
export async function serveEmbeddings(): Promise<{ baseUrl: string; close: () => void }> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { input } = JSON.parse(await textOf(request)) as { input: string[] };
    const data = input.map((text, index) => ({ index, embedding: embed(text) }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, close: () => void server.close() };
}

function embed(text: string): number[] {
  const embedding = new Array<number>(DIMENSIONS).fill(0);
  for (const word of text.split(' ')) {
    let hash = 2166136261;
    for (let i = 0; i < word.length; i += 1) hash = Math.imul(hash ^ word.charCodeAt(i), 16777619);
    embedding[(hash >>> 1) % DIMENSIONS]! += hash & 1 ? 1 : -1;
  }
  return embedding;
}
