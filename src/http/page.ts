/** Serves the page that is built from web/: its document at `/`, and what that loads. It is a client of the API like any other. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type RequestHandler } from 'express';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../config/package.js';

const FOLDER = join(PACKAGE_FOLDER, 'dist', 'web');

/**
 * The page loads itself and talks with the API it came from, and does nothing else: text that a model wrote must not be able to make it. Styles
 * are files too; those of single elements are set by script, which a policy does not concern.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Files in assets/ have a hash of their content in their names. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

export function servePage(app: NestExpressApplication): void {
  const files = express.static(FOLDER, {
    dotfiles: 'ignore',
    redirect: false,
    setHeaders: (response, path) => {
      response.setHeader('content-security-policy', POLICY);
      response.setHeader('referrer-policy', 'no-referrer');
      response.setHeader('cache-control', path.startsWith(join(FOLDER, 'assets')) ? IMMUTABLE : 'no-cache');
    },
  });
  // Requests of the API ask the disk for nothing.
  app.use(((request, response, next) => {
    if (isOfPage(request.path)) files(request, response, next);
    else next();
  }) satisfies RequestHandler);
}

/** The page's own, and what programs that use the service may read of it. */
const FILES: ReadonlySet<string> = new Set(['/', '/icon.svg', '/llms.txt']);

const isOfPage = (path: string) => FILES.has(path) || path.startsWith('/assets/');
