/**
 * One supervised child process: its output goes to a log file, its death is noticed, and it is stopped with a limit.
 * Restarts nothing. The child leads a process group of its own, so that Ctrl-C reaches the supervisor alone,
 * which then stops everything in the right order.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { childEnvironment } from '../config/process-environment.js';
import type { Identity } from './system-user.js';
import { WaitTimeoutError } from './wait.js';
import { killTitled, sendSignal, startTime } from './process-table.js';

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The user to run as; absent, the supervisor's own. */
  readonly identity?: Identity | undefined;
  /** How the command lines begin of what it starts outside of its group. */
  readonly strayTitle?: string;
  /** The signals that end it, in order, each with the time that it is given to work. SIGKILL to its group follows, and to what it has started outside of it. */
  readonly stopSignals: readonly (readonly [signal: NodeJS.Signals, limitMs: number])[];
}

export class Child {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number;
  readonly startedAt: string | undefined;
  /** Resolves when the process has ended, for whatever reason, with a description of how. */
  readonly exited: Promise<string>;
  private ended = false;
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly process: ChildProcess,
    private readonly options: ChildOptions,
  ) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.pid = process.pid ?? 0;
    this.startedAt = startTime(this.pid);
    this.exited = new Promise((resolve) => {
      process.once('exit', (code, signal) => {
        this.ended = true;
        resolve(signal === null ? `exited with code ${code}` : `was killed by ${signal}`);
      });
    });
  }

  /** @throws {Error} when the program cannot be started at all. */
  static async start(options: ChildOptions): Promise<Child> {
    if (existsSync(options.logFile)) renameSync(options.logFile, `${options.logFile}.previous`);
    const log = openSync(options.logFile, 'a', 0o600);
    try {
      const process = spawn(options.command, options.args, {
        detached: true,
        stdio: ['ignore', log, log],
        env: childEnvironment(options.env),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...options.identity,
      });
      await new Promise<void>((resolve, reject) => {
        process.once('spawn', resolve);
        process.once('error', (cause) => {
          reject(new Error(`${options.name} cannot be started (${options.command}): ${cause.message}`, { cause }));
        });
      });
      return new Child(process, options);
    } finally {
      closeSync(log);
    }
  }

  get isRunning(): boolean {
    return !this.ended;
  }

  /** Resolves with how the process ended if it was not asked to; else never. */
  async unexpectedDeath(): Promise<string> {
    const how = await this.exited;
    return this.stopping === undefined ? how : new Promise<never>(() => undefined);
  }

  /** What to tell of a process that should be running and is not. */
  deathNotice(how = 'has ended'): Error {
    return new Error(`${this.name} ${how}. The end of ${this.logFile}:\n${this.tail()}`);
  }

  /** The last lines of its log. */
  tail(lines = 15): string {
    const text = readFileSync(this.logFile, 'utf8').trimEnd();
    return text === '' ? '(empty)' : text.split('\n').slice(-lines).join('\n');
  }

  /** Ends the process and waits until it has ended. May be called more than once. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  /** Kills the process and all that it has started, at once. */
  kill(): void {
    if (!this.ended) this.killAll();
  }

  private async end(): Promise<void> {
    for (const [signal, limitMs] of this.options.stopSignals) {
      if (this.ended) break;
      sendSignal(this.pid, signal);
      if (await this.exitsWithin(limitMs)) break;
    }
    const survived = !this.ended;
    // Whatever the process itself has left behind goes too.
    this.killAll();
    if (survived && !(await this.exitsWithin(10_000))) {
      throw new WaitTimeoutError(`${this.name} (process ${this.pid}) to end after SIGKILL`, 10_000, '');
    }
  }

  private killAll(): void {
    sendSignal(-this.pid, 'SIGKILL');
    if (this.options.strayTitle !== undefined) killTitled(this.options.strayTitle);
  }

  private async exitsWithin(limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), limitMs);
    });
    const exited = this.exited.then(() => true);
    try {
      return await Promise.race([exited, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}
