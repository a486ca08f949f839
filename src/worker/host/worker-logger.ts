/** The worker's log: one JSON object a line on standard output, from the configured level on, with the ids of the job that is worked on. */
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { idsForLog } from '../jobs/job-log.js';

const LEVELS: { readonly [L in Config['logLevel']]: LogLevel[] } = {
  silent: [],
  fatal: ['fatal'],
  error: ['fatal', 'error'],
  warn: ['fatal', 'error', 'warn'],
  info: ['fatal', 'error', 'warn', 'log'],
  debug: ['fatal', 'error', 'warn', 'log', 'debug'],
  trace: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
};

export class WorkerLogger extends ConsoleLogger {
  constructor(level: Config['logLevel']) {
    super({ json: true, colors: false, logLevels: LEVELS[level] });
  }

  protected override getJsonLogObject(
    ...given: Parameters<ConsoleLogger['getJsonLogObject']>
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    return { ...super.getJsonLogObject(...given), ...idsForLog() };
  }
}
