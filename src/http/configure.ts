/** What the application does with every request before it reaches a route, in this order. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { Config } from '../config/config.js';
import { Drain } from './drain.js';
import { jsonBody } from './json-body.js';
import { requestId } from './request-id.js';

/** Uploads take their time; what has sent no headers after a minute is cut off by Node itself. */
const REQUEST_TIMEOUT_MS = 3_600_000;

/** Longer than load balancers keep idle connections, so that none is closed under a request that is on its way. */
const KEEP_ALIVE_MS = 65_000;

/** Headers that scripts in browsers may read. */
const EXPOSED_HEADERS = [
  'accept-ranges',
  'content-disposition',
  'content-range',
  'etag',
  'idempotent-replayed',
  'retry-after',
  'x-request-id',
  'x-should-retry',
];

/** To be called on an application that was created without Nest's body parser. */
export function configure(app: NestExpressApplication, config: Pick<Config, 'corsOrigins'>): void {
  app.set('query parser', 'extended');
  app.disable('x-powered-by');
  app.set('etag', false);
  const server = app.getHttpServer();
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  app.use(requestId);
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
      crossOriginResourcePolicy: { policy: 'cross-origin' },
    }),
  );
  if (config.corsOrigins.length > 0) {
    app.enableCors({
      origin: config.corsOrigins.includes('*') ? '*' : [...config.corsOrigins],
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: 3600,
    });
  }
  app.use(app.get(Drain).middleware);
  app.use(jsonBody);
  // By an exit, which writes what is left of the log; a signal would not.
  app.enableShutdownHooks([], { useProcessExit: true });
}
