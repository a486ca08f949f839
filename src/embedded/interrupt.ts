/**
 * The user's wish to stop, as an AbortSignal: Ctrl-C, SIGTERM, SIGHUP, or the end of the npm that started this process.
 * A second one ends the process at once; its supervisor then kills what is left.
 */
import { startedByNpm } from '../config/process-environment.js';

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const parentCheckMs = 1000;

export function interruptSignal(log: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  const interrupt = (why: string, exitCode: number) => {
    if (controller.signal.aborted) process.exit(exitCode);
    log(`${why}: stopping (again to kill) …`);
    controller.abort();
  };
  for (const [signal, exitCode] of Object.entries(signals)) process.on(signal, () => interrupt(signal, exitCode));

  // A killed npm passes no signal on, and would leave this process behind.
  const parent = process.ppid;
  if (startedByNpm()) {
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      if (!controller.signal.aborted) interrupt('npm has ended', 1);
    }, parentCheckMs);
    timer.unref();
  }
  return controller.signal;
}
