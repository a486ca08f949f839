/** An example as a command: runs it until it ends or the user stops it, and says what went wrong. */
import { interruptSignal } from '../../src/embedded/interrupt.js';
import { createScreen, type Screen } from '../../cli/terminal/screen.js';

export interface Example<Options> {
  readonly usage: string;
  /** Null when the user asks for the usage. @throws {Error} saying what is wrong with the command line */
  readonly parseOptions: (args: readonly string[]) => Options | null;
  readonly run: (options: Options, screen: Screen, signal: AbortSignal) => Promise<void>;
}

/** Never rejects: the exit code tells. */
export async function runCommand<Options>({ usage, parseOptions, run }: Example<Options>): Promise<void> {
  const screen = createScreen(process.stdout);
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options === null) console.log(usage);
    else await untilInterrupted(screen, (signal) => run(options, screen, signal));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

/** Whatever fails after the user's wish to stop fails because of it. */
async function untilInterrupted(screen: Screen, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = interruptSignal(screen.say);
  try {
    await work(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = 130;
  }
  if (signal.aborted) screen.say('Stopped.');
}
