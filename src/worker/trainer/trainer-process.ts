/** One trainer as a child process: its pipe, the last lines it printed, and how it ended. Knows no messages. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '../../config/process-environment.js';

/** The compiled trainer beside this file. */
export const TRAINER_ENTRY = fileURLToPath(new URL('../../main.trainer.js', import.meta.url));

/** A program and its arguments. */
export type TrainerCommand = readonly [string, ...string[]];

/** What runs this script as a trainer, with this version of Node. */
export const nodeTrainer = (entry: string, ...args: string[]): TrainerCommand => [
  process.execPath,
  '--enable-source-maps',
  entry,
  ...args,
];

const TAIL_LINES = 30;
const MAX_LINE = 1000;

export interface TrainerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Why the process could not be started at all. */
  startError: Error | null;
  /** The last lines of its output and error output together. */
  tail: string[];
}

/** A trainer runs no user code, and needs neither server: it is not told where they are, nor how secrets are read. */
const WITHHELD = { DATABASE_URL: '', REDIS_URL: '', BOUGH_SECRETS_KEY: '' };

export class TrainerProcess {
  /** The protocol's pipe: file descriptor 3 of the child. */
  readonly pipe: Duplex;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<TrainerExit>;
  private readonly child: ChildProcess;
  private readonly tail: string[] = [];

  /**
   * @param command what is started
   * @param onLine is given each line that the trainer prints
   */
  constructor([program, ...args]: TrainerCommand, onLine: (line: string) => void) {
    this.child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: childEnvironment(WITHHELD),
    });
    this.pipe = this.child.stdio[3] as Duplex;
    for (const stream of [this.child.stdout, this.child.stderr]) this.read(stream as Readable, onLine);
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null, startError: Error | null) =>
        resolve({ code, signal, startError, tail: this.tail });
      // 'close' comes after 'exit', once the last output has been read.
      this.child.once('close', (code, signal) => end(code, signal, null));
      this.child.once('error', (error) => this.child.pid === undefined && end(null, null, error));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private read(stream: Readable, onLine: (line: string) => void): void {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
      const short = line.slice(0, MAX_LINE);
      this.tail.push(short);
      if (this.tail.length > TAIL_LINES) this.tail.shift();
      onLine(short);
    });
  }
}
