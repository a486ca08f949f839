/** Decides whether and when a part that died is started again, from how often it has died lately. Starts nothing itself. */

export interface RestartLimits {
  /** The wait after a first death; it doubles with every further one. */
  readonly firstWaitMs: number;
  /** The death, counted within `withinMs`, after which the part is given up. */
  readonly deaths: number;
  readonly withinMs: number;
}

export class BackOff {
  private deaths: number[] = [];

  constructor(private readonly limits: RestartLimits) {}

  /** Counts a death. Returns the milliseconds to wait before the next start, or undefined when there shall be none. */
  afterDeath(now = performance.now()): number | undefined {
    this.deaths = [...this.deaths.filter((time) => now - time < this.limits.withinMs), now];
    if (this.deaths.length >= this.limits.deaths) return undefined;
    return this.limits.firstWaitMs * 2 ** (this.deaths.length - 1);
  }
}
