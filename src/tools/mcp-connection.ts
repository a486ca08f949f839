/** A session with an MCP server over streamable HTTP, begun anew when the server has lost it. Knows no tools but by name. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport, StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { BOUGH_VERSION } from '../config/package.js';
import { bearer } from '../outgoing/bearer.js';
import { Unreachable, type Outgoing } from '../outgoing/outgoing.js';
import { PassingFailure } from '../outgoing/passing-failure.js';

export interface McpServer {
  readonly url: URL;
  /** Sent as a bearer token; null: none is. */
  readonly secret: string | null;
  /** Of each thing that is asked. */
  readonly timeoutS: number;
  readonly outgoing: Outgoing;
}

/** Of one answer. */
const MAX_BYTES = 2 ** 22;
/** Of a listing: a server that always has another page is not asked for ever. */
const MAX_PAGES = 20;
/** The server is busy or its proxy cannot reach it. */
const PASSING = [429, 502, 503, 504];
/** The server knows the session no more, if there was one. */
const NO_SESSION = [400, 404];

/** A tool as a server lists it: not looked at any closer, so that one which nobody asks for may be described as it likes. */
const Listed = z.looseObject({ name: z.string() });
export type Listed = z.infer<typeof Listed>;

const Listing = z.looseObject({ tools: z.array(Listed), nextCursor: z.string().optional() });

export class McpConnection {
  private client: Promise<Client> | null = null;

  constructor(private readonly server: McpServer) {}

  /** @throws {PassingFailure} for what may go better another time */
  async list(signal: AbortSignal): Promise<Listed[]> {
    return this.ask(signal, async (client, options) => {
      const tools: Listed[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < MAX_PAGES; pages++) {
        const request = { method: 'tools/list', params: cursor === undefined ? {} : { cursor } } as const;
        const page = await client.request(request, Listing, options);
        tools.push(...page.tools);
        cursor = page.nextCursor;
        if (cursor === undefined) return tools;
      }
      throw new Error(`its listing of tools has more than ${MAX_PAGES} pages`);
    });
  }

  /** @throws {PassingFailure} for what may go better another time */
  call(name: string, given: Record<string, unknown>, signal: AbortSignal): Promise<CallToolResult> {
    const request = { name, arguments: given };
    return this.ask(
      signal,
      async (client, options) => (await client.callTool(request, undefined, options)) as CallToolResult,
    );
  }

  /** What is under way ends as an error. */
  async close(): Promise<void> {
    const closing = this.client;
    this.client = null;
    await (await closing?.catch(() => null))?.close();
  }

  private async ask<T>(
    signal: AbortSignal,
    work: (client: Client, options: { signal: AbortSignal; timeout: number }) => Promise<T>,
  ): Promise<T> {
    const isNew = this.client === null;
    const asked = this.client ?? this.begin(signal);
    this.client = asked;
    try {
      return await work(await asked, { signal, timeout: this.server.timeoutS * 1000 });
    } catch (error) {
      signal.throwIfAborted();
      const status = error instanceof StreamableHTTPError ? (error.code ?? 0) : 0;
      const isLost = !isNew && NO_SESSION.includes(status);
      if (!isLost && !PASSING.includes(status) && !(error instanceof Unreachable)) throw readable(error);
      // The next who asks begins a session of its own.
      if (this.client === asked) await this.close();
      throw new PassingFailure((error as Error).message);
    }
  }

  private async begin(signal: AbortSignal): Promise<Client> {
    const { url, secret, outgoing, timeoutS } = this.server;
    const client = new Client({ name: 'bough', version: BOUGH_VERSION });
    const transport = new StreamableHTTPClientTransport(url, {
      fetch: fetchOver(outgoing),
      requestInit: { headers: bearer(secret) },
    });
    const stop = () => void client.close();
    signal.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(stop, timeoutS * 1000);
    try {
      await client.connect(transport, { timeout: timeoutS * 1000 });
      return client;
    } catch (error) {
      this.client = null;
      await client.close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}

/** The client tells of an answer that is not as the protocol says by all that zod has found, as JSON. */
function readable(error: unknown): unknown {
  if (!(error instanceof z.core.$ZodError)) return error;
  return new Error(`it does not answer as the protocol says: ${firstFault(error)}`, { cause: error });
}

/** `inputSchema.type: expected "object"`. */
export function firstFault({ issues }: z.core.$ZodError): string {
  const [{ path, message } = { path: [], message: 'Invalid input' }] = issues;
  return [...(path.length > 0 ? [path.join('.')] : []), message.replace(/^Invalid input: /, '')].join(': ');
}

/** The client follows redirects itself, within the origin. */
function fetchOver(outgoing: Outgoing): FetchLike {
  return async (url, { method = 'GET', headers, body, signal } = {}) => {
    const response = await outgoing.exchange(new URL(url), {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === 'string' ? { body } : {}),
      signal: signal ?? new AbortController().signal,
    });
    if (!response.body) return response;
    let bytes = 0;
    const limited = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) controller.error(new Error(`an answer has more than ${MAX_BYTES} bytes`));
        else controller.enqueue(chunk);
      },
    });
    const { status, headers: given } = response;
    return new Response(response.body.pipeThrough(limited), { status, headers: given });
  };
}
