/**
 * The user's wish to stop, as an AbortSignal: Ctrl-C, SIGTERM, SIGHUP, or the end of the npm that started this process.
 * A second one ends the process at once; its supervisor then kills what is left.
 */
import { startedByNpm } from '../config/process-environment.js';
import { commandLine, parentOf } from './process-table.js';

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const npmCheckMs = 1000;
/** Ctrl-C reaches this process from the terminal and may come from npm once more. */
const sameWishMs = 500;

export function interruptSignal(log: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  const interrupt = (why: string, exitCode: number) => {
    if (controller.signal.aborted) {
      if (Date.now() - since > sameWishMs) process.exit(exitCode);
      return;
    }
    since = Date.now();
    log(`${why}: stopping (again to kill) …`);
    controller.abort();
  };
  // A terminal that is closed cannot be written to any more, which must not come before stopping in good order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const [signal, exitCode] of Object.entries(signals)) process.on(signal, () => interrupt(signal, exitCode));

  // A killed npm passes no signal on, and would leave this process behind.
  const npm = startedByNpm() ? npmProcess() : undefined;
  if (npm !== undefined) {
    const timer = setInterval(() => {
      if (commandLine(npm) !== undefined) return;
      clearInterval(timer);
      if (!controller.signal.aborted) interrupt('npm has ended', 1);
    }, npmCheckMs);
    timer.unref();
  }
  return controller.signal;
}

/** npm runs scripts in a shell, which may or may not have given way to the program. */
function npmProcess(): number | undefined {
  const parent = process.ppid;
  return /^\S*sh -c /.test(commandLine(parent) ?? '') ? parentOf(parent) : parent;
}
