/** The API process. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiModule } from './api.module.js';
import { ConfigError } from './config/config-error.js';
import { loadConfig } from './config/config.js';
import { configure } from './http/configure.js';
import { surviveRequests } from './http/in-hand.js';
import { JsonLogger } from './http/logging.js';
import { serveOpenApi } from './http/openapi-document.js';
import { startTracing } from './tracing/tracing.js';

try {
  const config = loadConfig();
  await startTracing('bough-api', config);
  const logger = new JsonLogger(config.logLevel);
  const app = await NestFactory.create<NestExpressApplication>(ApiModule.forRoot(config), {
    bodyParser: false,
    logger,
    forceCloseConnections: true,
  });
  surviveRequests();
  configure(app, config, logger);
  serveOpenApi(app);
  await app.listen(config.port, config.host);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
