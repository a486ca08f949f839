/** What the program gives to its commands. */
import type { Command } from 'commander-14';
import type { WriteStream } from 'node:tty';
import type { Session } from './session.js';

export interface Host {
  /** An action that works with the service. */
  readonly act: <A extends unknown[]>(
    work: (session: Session, ...given: A) => Promise<void>,
  ) => (this: Command, ...given: A) => Promise<void>;
  readonly output: WriteStream;
  readonly errors: WriteStream;
  readonly signal: AbortSignal;
}
