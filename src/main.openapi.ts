/** Writes the OpenAPI document to the file that is named, or prints it. Connects to nothing. */
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { ApiModule } from './api.module.js';
import { loadConfig } from './config/config.js';
import { openApiDocument } from './http/openapi-document.js';

const config = loadConfig({ DATABASE_URL: 'postgres://unused', REDIS_URL: 'redis://unused' });
const app = await NestFactory.create(ApiModule.forRoot(config), { preview: true, logger: false, abortOnError: false });
const [file] = process.argv.slice(2);
writeFileSync(file ?? process.stdout.fd, `${JSON.stringify(openApiDocument(app), null, 2)}\n`);
