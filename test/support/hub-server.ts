/**
 * The Hugging Face Hub as a real HTTP server: a repository in a folder, at one commit. Large files lie on a second server, as on the Hub's
 * content network: another origin, which no token must reach.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

export interface HubServerOptions {
  /** The files of `repo`. */
  readonly folder: string;
  readonly repo: string;
  /** Without it the repository answers 401. */
  readonly token?: string;
}

/** What was asked for, by whom. */
export interface Asked {
  readonly server: 'hub' | 'network';
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export class HubServer {
  readonly asked: Asked[] = [];
  /** Called before anything is answered; true: it has done so itself. */
  interfere: (server: Asked['server'], request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  /** What the listing says of files, where that is not what they are. */
  claims: Record<string, { size?: number; sha256?: string }> = {};
  private readonly servers: Server[] = [];
  private hubUrl = '';
  private networkUrl = '';

  private constructor(private readonly options: HubServerOptions) {}

  static async open(options: HubServerOptions): Promise<HubServer> {
    const hub = new HubServer(options);
    hub.networkUrl = await hub.listen('network', (request, response) => hub.serveFile(request, response));
    hub.hubUrl = await hub.listen('hub', (request, response) => hub.serveHub(request, response));
    return hub;
  }

  /** For HF_ENDPOINT. */
  get url(): string {
    return this.hubUrl;
  }

  close(): void {
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  private async listen(name: Asked['server'], handle: Handler): Promise<string> {
    const server = createServer((request, response) => {
      const { authorization, range } = request.headers;
      this.asked.push({ server: name, path: request.url ?? '', authorization, range });
      if (!this.interfere(name, request, response)) void handle(request, response);
    });
    this.servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private async serveHub(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { repo, token } = this.options;
    const { pathname } = new URL(request.url ?? '', this.hubUrl);
    const refuse = (status: number, code: string) => response.writeHead(status, { 'x-error-code': code }).end();
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return void refuse(401, 'RepoNotFound');
    const revisions = `/api/models/${repo}/revision/`;
    if (pathname.startsWith(revisions)) {
      const revision = decodeURIComponent(pathname.slice(revisions.length));
      if (!['main', 'refs/pr/1', COMMIT].includes(revision)) return void refuse(404, 'RevisionNotFound');
      response.setHeader('content-type', 'application/json');
      return void response.end(JSON.stringify(await this.listing()));
    }
    const files = `/${repo}/resolve/${COMMIT}/`;
    if (!pathname.startsWith(files)) return void refuse(404, 'RepoNotFound');
    const name = pathname.slice(files.length);
    if (!name.endsWith('.safetensors')) return this.serveFile(request, response);
    response.writeHead(302, { location: `${this.networkUrl}/signed/${name}?signature=x` }).end();
  }

  private async listing(): Promise<object> {
    const names = await readdir(this.options.folder);
    const siblings = await Promise.all(
      names.map(async (name) => {
        const bytes = await readFile(join(this.options.folder, name));
        const claim = this.claims[name] ?? {};
        const size = claim.size ?? bytes.length;
        const sha256 = claim.sha256 ?? createHash('sha256').update(bytes).digest('hex');
        const lfs = { size, sha256, pointerSize: 134 };
        return { rfilename: name, size, ...(name.endsWith('.safetensors') ? { lfs } : {}) };
      }),
    );
    return { id: this.options.repo, sha: COMMIT, siblings };
  }

  private async serveFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = new URL(request.url ?? '', this.hubUrl).pathname.split('/').at(-1) ?? '';
    const bytes = await readFile(join(this.options.folder, name));
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? NaN);
    if (Number.isNaN(from)) return void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    response.writeHead(206, {
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
      'content-length': bytes.length - from,
    });
    response.end(bytes.subarray(from));
  }
}
