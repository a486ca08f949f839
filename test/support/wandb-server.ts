/**
 * A server on loopback in the form of Weights & Biases' API, whose own is closed: what its client of version 0.31 asks of a server when it logs a run. `test/trackers.e2e.ts` has
 * that client talk with it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from './local-server.js';

const ENTITY = 'somebody';

/** A run as the server has it. */
export interface WandbRun {
  readonly project: string;
  displayName: string | null;
  config: Record<string, unknown>;
  /** Lines by their place: of two at one place the later counts. */
  readonly history: Record<string, unknown>[];
  summary: Record<string, unknown>;
  /** Null: it has not ended. */
  exitCode: number | null;
}

interface Streamed {
  readonly files?: Readonly<Record<string, { offset: number; content: string[] }>>;
  readonly complete?: boolean;
  readonly exitcode?: number;
}
interface Asked {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export class WandbServer extends LocalServer {
  readonly runs = new Map<string, WandbRun>();
  /** By their paths. */
  readonly files = new Map<string, string>();

  /** @param key that every request but uploads must carry */
  constructor(private readonly key: string) {
    super();
  }

  protected take({ method, url = '', headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const text = body.toString();
    const { pathname } = new URL(url, this.url);
    if (method === 'PUT' && pathname.startsWith('/storage/')) {
      this.files.set(pathname.slice('/storage/'.length), text);
      return void response.end();
    }
    // Of the client's own telemetry nothing is kept.
    if (pathname.startsWith('/sdk/')) return void response.end();
    if (headers.authorization !== `Basic ${Buffer.from(`api:${this.key}`).toString('base64')}`)
      return void response.writeHead(401).end('{"errors": [{"message": "invalid key"}]}');
    const [, run] = /^\/files\/[^/]+\/[^/]+\/([^/]+)\/file_stream$/.exec(pathname) ?? [];
    if (run !== undefined) return this.stream(run, JSON.parse(text) as Streamed, response);
    if (pathname !== '/graphql') return void response.writeHead(404).end();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: this.resolve(JSON.parse(text) as Asked) }));
  }

  private stream(name: string, { files, complete, exitcode = 1 }: Streamed, response: ServerResponse): void {
    const run = this.runs.get(name);
    if (!run) return void response.writeHead(404).end();
    const { offset = 0, content = [] } = files?.['wandb-history.jsonl'] ?? {};
    content.forEach((line, i) => (run.history[offset + i] = JSON.parse(line) as Record<string, unknown>));
    const [summary] = files?.['wandb-summary.json']?.content ?? [];
    if (summary !== undefined) run.summary = JSON.parse(summary) as Record<string, unknown>;
    if (complete) run.exitCode = exitcode;
    response.end('{}');
  }

  private resolve({ query, variables = {} }: Asked): object {
    if (query.includes('upsertBucket(')) return { upsertBucket: { bucket: this.upsert(variables), inserted: true } };
    if (query.includes('createRunFiles(')) {
      const files = (variables['files'] as string[]).map((name) => ({
        name,
        uploadUrl: `${this.url}/storage/${name}`,
      }));
      return { createRunFiles: { runID: 'id', uploadHeaders: [], files } };
    }
    const viewer = { id: 'u', entity: ENTITY, username: ENTITY, email: '', flags: '{}', teams: { edges: [] } };
    return query.includes('viewer') ? { viewer } : {};
  }

  private upsert(variables: Readonly<Record<string, unknown>>): object {
    const { name, project, displayName, config } = variables as Record<string, string | null>;
    const run = this.runs.get(name ?? '') ?? {
      project: project ?? '',
      displayName: null,
      config: {},
      history: [],
      summary: {},
      exitCode: null,
    };
    run.displayName = displayName ?? run.displayName;
    if (config) run.config = JSON.parse(config) as Record<string, unknown>;
    this.runs.set(name ?? '', run);
    const owner = { id: 'p', name: project, entity: { id: 'e', name: variables['entity'] ?? ENTITY } };
    return { id: 'id', name, displayName: run.displayName, sweepName: null, historyLineCount: 0, project: owner };
  }
}
