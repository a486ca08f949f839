/** The worker's log: one JSON object a line on standard output, from the configured level on. */
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Config } from '../../config/config.js';

const LEVELS: { readonly [L in Config['logLevel']]: LogLevel[] } = {
  silent: [],
  fatal: ['fatal'],
  error: ['fatal', 'error'],
  warn: ['fatal', 'error', 'warn'],
  info: ['fatal', 'error', 'warn', 'log'],
  debug: ['fatal', 'error', 'warn', 'log', 'debug'],
  trace: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
};

export function consoleLogger(level: Config['logLevel']): ConsoleLogger {
  return new ConsoleLogger({ json: true, colors: false, logLevels: LEVELS[level] });
}
