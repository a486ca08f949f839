/**
 * Holds a data folder and the processes that run on it: records each at once, stops all in the reverse order of their
 * start, and stops the others when one dies. Restarts nothing, and does not know what the processes are for.
 */
import { Child, type ChildOptions } from './child.js';
import type { DataFolder } from './data-folder.js';
import { SupervisorState } from './supervisor-state.js';

export class Supervisor {
  /** Settles when all processes have ended: resolves after `stop`, rejects if one of them died by itself. */
  readonly ended: Promise<void>;
  private readonly children: Child[] = [];
  private settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  private stopping: Promise<void> | undefined;
  private failure: unknown;

  private constructor(
    readonly folder: DataFolder,
    private readonly state: SupervisorState,
    readonly log: (line: string) => void,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // Who does not look at it has not asked to be told.
    this.ended.catch(() => undefined);
    process.once('exit', this.kill);
  }

  /** @throws {Error} when another supervisor is at work on this folder. */
  static async hold(folder: DataFolder, log: (line: string) => void): Promise<Supervisor> {
    return new Supervisor(folder, await SupervisorState.acquire(folder.stateFile, log), log);
  }

  /**
   * Starts a process. It may still fail to get ready: its death counts only once it is watched.
   * @param mark a part of its command line that no other process has
   */
  async spawn(options: ChildOptions, mark: string): Promise<Child> {
    if (this.stopping !== undefined) throw new Error('Stopped before everything had started');
    const child = await Child.start(options);
    this.children.push(child);
    const { name, pid, startedAt } = child;
    this.state.add({ name, pid, startedAt, mark, signal: options.stopSignals[0]?.[0] ?? 'SIGTERM' });
    if (this.stopping !== undefined) await child.stop();
    return child;
  }

  /** From now on the process must not die. If it does, all others are stopped and `ended` rejects. */
  watch(child: Child): void {
    child.unexpectedDeath().catch((error: unknown) => {
      if (this.stopping !== undefined) return;
      this.failure = error;
      this.log(`${child.name} has died: stopping everything else`);
      this.stop().catch((problem: unknown) => this.log(String(problem)));
    });
  }

  /** Stops everything, the last started first. May be called more than once. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  /** Kills everything when this process itself ends without having stopped it: nothing is left behind. */
  private readonly kill = () => {
    for (const child of this.children.toReversed()) child.kill();
  };

  private async stopAll(): Promise<void> {
    try {
      for (const child of this.children.toReversed()) await child.stop();
      this.state.release();
      process.off('exit', this.kill);
    } finally {
      if (this.failure === undefined) this.settle?.resolve();
      else this.settle?.reject(this.failure);
    }
  }
}
