/**
 * Holds a data folder and the processes that run on it: records each at once, starts one that died again as it was
 * started first, gives up and stops all when one keeps dying, and stops all in the reverse order of their start.
 * Does not know what the processes are for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BackOff, type RestartLimits } from './back-off.js';
import { Child, type ChildOptions } from './child.js';
import type { DataFolder } from './data-folder.js';
import { SupervisorState } from './supervisor-state.js';

const restartLimits: RestartLimits = { firstWaitMs: 1000, deaths: 5, withinMs: 600_000 };

/** A process that is to run, whichever child runs it at the moment. */
interface Part {
  child: Child;
  readonly options: ChildOptions;
  readonly mark: string;
}

export class Supervisor {
  /** Settles when all processes have ended: resolves after `stop`, rejects if one of them kept dying. */
  readonly ended: Promise<void>;
  private readonly parts: Part[] = [];
  /** Children that have been started and are not recorded yet. */
  private readonly starting = new Set<Promise<Child>>();
  /** Aborted when everything is to stop. */
  private readonly halt = new AbortController();
  private settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  private stopping: Promise<void> | undefined;
  private failure: unknown;

  private constructor(
    readonly folder: DataFolder,
    private readonly state: SupervisorState,
    readonly log: (line: string) => void,
    private readonly limits: RestartLimits,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // Who does not look at it has not asked to be told.
    this.ended.catch(() => undefined);
    process.once('exit', this.kill);
  }

  /** @throws {Error} when another supervisor is at work on this folder. */
  static async hold(folder: DataFolder, log: (line: string) => void, limits = restartLimits): Promise<Supervisor> {
    return new Supervisor(folder, await SupervisorState.acquire(folder.stateFile, log), log, limits);
  }

  /**
   * Starts a process. It may still fail to get ready: it is started again only once it is watched.
   * @param mark a part of its command line that no other process has
   */
  spawn(options: ChildOptions, mark: string): Promise<Child> {
    return this.start(options, (child) => this.parts.push({ child, options, mark }));
  }

  /** From now on the process must not die. If it does, it is started again; if that is of no use, `ended` rejects. */
  watch(child: Child): void {
    const part = this.parts.find((each) => each.child === child);
    if (part === undefined) throw new Error(`${child.name} is not a process of this supervisor`);
    void this.keepRunning(part);
  }

  /** Stops everything, the last started first. May be called more than once. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  /** Does not reject. */
  private async keepRunning(part: Part): Promise<void> {
    try {
      await this.restartAfterDeaths(part);
    } catch (error) {
      // An error while everything stops, such as that of a wait that was cut short, is a consequence of it.
      if (this.stopping !== undefined) return;
      this.failure = error;
      await this.stop().catch((problem: unknown) => this.log(String(problem)));
    }
  }

  /** Returns when everything stops. @throws {Error} with the part's last words when it has died too often. */
  private async restartAfterDeaths(part: Part): Promise<void> {
    const { signal } = this.halt;
    const backOff = new BackOff(this.limits);
    for (;;) {
      const how = await part.child.unexpectedDeath();
      if (signal.aborted) return;
      const { name } = part.child;
      const waitMs = backOff.afterDeath();
      if (waitMs === undefined) {
        this.log(`${name} has died ${this.limits.deaths} times in a short time: stopping everything`);
        throw part.child.deathNotice(how);
      }
      this.log(`${name} ${how}: starting it again in ${waitMs / 1000} s`);
      // Ends what the dead process has left in its group.
      await part.child.stop();
      await sleep(waitMs, undefined, { signal });
      await this.start(part.options, (child) => (part.child = child));
    }
  }

  /** Starts a child, hands it to `keep`, and records what runs now. */
  private async start(options: ChildOptions, keep: (child: Child) => void): Promise<Child> {
    if (this.stopping !== undefined) throw new Error('Stopped before everything had started');
    const starting = Child.start(options).then((child) => {
      keep(child);
      this.state.record(
        this.parts.map(({ child: { name, pid, startedAt }, options: { stopSignals }, mark }) => {
          return { name, pid, startedAt, mark, signal: stopSignals[0]?.[0] ?? 'SIGTERM' };
        }),
      );
      return child;
    });
    this.starting.add(starting);
    try {
      return await starting;
    } finally {
      this.starting.delete(starting);
    }
  }

  /** Kills everything when this process itself ends without having stopped it: nothing is left behind. */
  private readonly kill = () => {
    for (const { child } of this.parts.toReversed()) child.kill();
  };

  private async stopAll(): Promise<void> {
    this.halt.abort();
    try {
      await Promise.allSettled(this.starting);
      for (const { child } of this.parts.toReversed()) await child.stop();
      this.state.release();
      process.off('exit', this.kill);
    } finally {
      if (this.failure === undefined) this.settle?.resolve();
      else this.settle?.reject(this.failure);
    }
  }
}
