#!/usr/bin/env node
/** `bough`: the service from a terminal. The exit codes are in `exit-code.ts`. */
import { CommanderError } from 'commander-14';
import { setMaxListeners } from 'node:events';
import { exitCodeOf, linesOf } from './exit-code.js';
import { createProgram } from './program.js';

const stopped = new AbortController();
// Each request listens, until it is collected as garbage.
setMaxListeners(0, stopped.signal);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
// A pipe that is closed early, as by `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await createProgram(process.stdout, process.stderr, stopped.signal).parseAsync();
} catch (error) {
  process.exitCode = stopped.signal.aborted ? 130 : exitCodeOf(error);
  // What is wrong with a command line has been said, with a way to the help.
  if (!(error instanceof CommanderError) && !stopped.signal.aborted) {
    for (const line of linesOf(error)) console.error(line);
  }
}
