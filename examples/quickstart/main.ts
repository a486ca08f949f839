/** `npm run quickstart`: reads the command line, runs the quickstart until it ends or the user stops it, and says what went wrong. */
import { interruptSignal } from '../../src/embedded/interrupt.js';
import { parseOptions, usage } from './options.js';
import { quickstart } from './quickstart.js';
import { createScreen } from './screen.js';

const screen = createScreen(process.stdout);

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await untilInterrupted((signal) => quickstart(options, screen, signal));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

/** Whatever fails after the user's wish to stop fails because of it. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = interruptSignal(screen.say);
  try {
    await work(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = 130;
  }
  if (signal.aborted) screen.say('Stopped.');
}
