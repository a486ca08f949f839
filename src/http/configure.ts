/** What the application does with every request before it reaches a route, in this order. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import helmet from 'helmet';
import type { Config } from '../config/config.js';
import { answerParserErrors } from './connection-errors.js';
import { Drain } from './drain.js';
import { keepInHand } from './in-hand.js';
import type { JsonLogger } from './logging.js';
import { RequestTimer } from './request-timer.js';
import { refuseReservedInQuery } from './request/reserved-names.js';
import { requestId } from './request/request-id.js';
import { takeAbsoluteTargets } from './request/request-target.js';
import { discardUnread } from './request/unread-body.js';
import { servePage } from './page.js';

/** Longer than load balancers keep idle connections, so that none is closed under a request that is on its way. */
const KEEP_ALIVE_MS = 65_000;

/** Headers that scripts in browsers may read. */
const EXPOSED_HEADERS = [
  'accept-ranges',
  'content-disposition',
  'content-range',
  'etag',
  'idempotent-replayed',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
  'x-should-retry',
];

/** To be called on an application that was created without Nest's body parser. */
export function configure(app: NestExpressApplication, config: Pick<Config, 'corsOrigins'>, logger: JsonLogger): void {
  app.set('query parser', 'extended');
  app.disable('x-powered-by');
  app.set('etag', false);
  const server = app.getHttpServer();
  // Headers have a minute by Node's own limit; whoever reads a body sets a limit for it.
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Every refusal is ours, in JSON. An expectation that is not known may be ignored; of the known one see request-body.ts.
  Object.assign(server, { requireHostHeader: false });
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (...request: unknown[]) => server.emit('request', ...request));
  }
  answerParserErrors(server);
  takeAbsoluteTargets(server);
  app.use(requestId);
  app.use(logger.middleware);
  app.use(app.get(RequestTimer).middleware);
  app.use(keepInHand);
  app.use(discardUnread);
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
      crossOriginResourcePolicy: { policy: 'cross-origin' },
      // Of browsers that are no longer, and each costs every answer a little.
      xDnsPrefetchControl: false,
      xDownloadOptions: false,
      xPermittedCrossDomainPolicies: false,
      xXssProtection: false,
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
  app.use(refuseReservedInQuery);
  servePage(app);
  // By an exit, which writes what is left of the log; a signal would not.
  app.enableShutdownHooks([], { useProcessExit: true });
}
