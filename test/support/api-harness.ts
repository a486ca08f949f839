/** The API in this process, on servers of its own, with rows to read. No worker runs: tests write what one would have written. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DataSource } from 'typeorm';
import { createBough, type Bough } from '../../openapi/client.js';
import { ApiModule } from '../../src/api.module.js';
import { loadConfig } from '../../src/config/config.js';
import { checkEveryAnswer } from '../../src/http/answer/checked-answer.js';
import { configure } from '../../src/http/configure.js';
import { JsonLogger } from '../../src/http/logging.js';
import { serveOpenApi } from '../../src/http/openapi-document.js';
import { createKey } from '../../src/modules/keys/create-key.js';
import { PROJECT_SCOPES } from '../../src/spec/enums.js';
import { DirectoryBlobStore } from '../../src/store/blobs/directory-blob-store.js';
import { createDataSource } from '../../src/store/data-source.js';
import { createTestServices, type TestServices } from './services.js';

export interface Answer {
  status: number;
  headers: Headers;
  // Answers are checked against their schemas by the API itself; tests read what they expect.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

/** A body that is sent as it is. */
export type RawBody = string | Uint8Array<ArrayBuffer>;

export class ApiHarness {
  private constructor(
    readonly services: TestServices,
    private readonly app: NestExpressApplication,
    readonly dataSource: DataSource,
    readonly blobs: DirectoryBlobStore,
    readonly url: string,
    readonly tenant: Tenant,
  ) {}

  /** @param route the URL by which the API reaches its database, where that is not the database's own */
  static async open(
    settings: Record<string, string> = {},
    route: (databaseUrl: string) => string = (databaseUrl) => databaseUrl,
  ): Promise<ApiHarness> {
    const services = await createTestServices();
    const env = { ...services.env, DATABASE_URL: route(services.databaseUrl) };
    const config = loadConfig({ ...env, PORT: '0', LOG_LEVEL: 'silent', ...settings });
    checkEveryAnswer();
    const logger = new JsonLogger(config.logLevel);
    const app = await NestFactory.create<NestExpressApplication>(ApiModule.forRoot(config), {
      bodyParser: false,
      forceCloseConnections: true,
      logger,
    });
    configure(app, config, logger);
    serveOpenApi(app);
    await app.listen(0, '127.0.0.1');
    const dataSource = await createDataSource(services.databaseUrl).initialize();
    const url = await app.getUrl();
    const tenant = await Tenant.create(dataSource, url, 'first');
    return new ApiHarness(services, app, dataSource, new DirectoryBlobStore(config.blobDir), url, tenant);
  }

  /** The settings that a worker for this API needs. */
  get env(): Readonly<Record<string, string>> {
    return this.services.env;
  }

  /** Another project on the same service. */
  anotherTenant(name = 'second'): Promise<Tenant> {
    return Tenant.create(this.dataSource, this.url, name);
  }

  /** As SIGTERM does it. */
  shutDown(): Promise<void> {
    return this.app.close();
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.dataSource.destroy();
    await this.services.drop();
  }
}

/** A project, and requests with its key. */
export class Tenant {
  readonly bough: Bough;

  private constructor(
    readonly projectId: string,
    readonly key: string,
    private readonly url: string,
  ) {
    this.bough = createBough({ baseUrl: url, apiKey: key });
  }

  static async create(dataSource: DataSource, url: string, projectName: string): Promise<Tenant> {
    const { key, projectId } = await createKey(dataSource, { projectName, keyName: 'test', scopes: PROJECT_SCOPES });
    return new Tenant(projectId, key, url);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers);
  }

  delete(path: string): Promise<Answer> {
    return this.send('DELETE', path);
  }

  /** A form body is sent as it is, everything else as JSON. */
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    if (body === undefined || body instanceof FormData)
      return this.fetch(path, { method, headers, body: body ?? null });
    const type = { 'content-type': 'application/json' };
    return this.fetch(path, { method, headers: { ...type, ...headers }, body: JSON.stringify(body) });
  }

  /** POST with the body as it is. */
  sendRaw(path: string, body: RawBody, headers: Record<string, string>): Promise<Answer> {
    return this.fetch(path, { method: 'POST', headers, body });
  }

  private async fetch(
    path: string,
    request: { method: string; headers: Record<string, string>; body: RawBody | FormData | null },
  ): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.key}`, ...request.headers };
    const response = await fetch(`${this.url}${path}`, { ...request, headers });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json;') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  }
}
