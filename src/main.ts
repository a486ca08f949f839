/** The API process. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { ApiModule } from './api.module.js';
import { ConfigError } from './config/config-error.js';
import { loadConfig } from './config/config.js';
import { configure } from './http/configure.js';
import { surviveRequests } from './http/in-hand.js';
import { serveOpenApi } from './http/openapi-document.js';

try {
  const config = loadConfig();
  const app = await NestFactory.create<NestExpressApplication>(ApiModule.forRoot(config), {
    bodyParser: false,
    bufferLogs: true,
    forceCloseConnections: true,
  });
  app.useLogger(app.get(Logger));
  surviveRequests();
  configure(app, config);
  serveOpenApi(app);
  await app.listen(config.port, config.host);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
