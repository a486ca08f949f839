/** HTTP load on one route: a fixed number of connections, each of which asks again as soon as it is answered. Judges nothing. */
import { Agent, get } from 'node:http';

export interface LoadOptions {
  url: string;
  headers: Record<string, string>;
  connections: number;
  seconds: number;
}

export interface LoadResult {
  requests: number;
  seconds: number;
}

/**
 * Node's own client is enough: what it costs on its core stays below what a route costs on the server's, so that the server is what is measured.
 * @throws {Error} when an answer is not 200
 */
export async function load({ url, headers, connections, seconds }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const started = performance.now();
  const end = started + seconds * 1000;
  let requests = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      await ask(url, headers, agent);
      requests++;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, client));
    return { requests, seconds: (performance.now() - started) / 1000 };
  } finally {
    agent.destroy();
  }
}

/** Reads the whole answer and drops it. */
function ask(url: string, headers: Record<string, string>, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`GET ${url} answers ${response.statusCode}`));
      response.once('end', resolve).once('error', reject).resume();
    });
    request.once('error', reject);
  });
}
