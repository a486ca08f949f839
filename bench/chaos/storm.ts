/** The faults as they come, one line each, and a summary of them. Compares no runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bough } from '../../src/embedded/bough.js';
import type { Fault } from './plan.js';
import { strike, type Aftermath } from './strike.js';

/** The faults as they come, one line each. */
export class Storm {
  isOver = false;
  /** Rejects when the service does not get over a fault. */
  readonly failed: Promise<never>;
  private fail: (error: unknown) => void = () => undefined;
  private readonly startedAt = performance.now();
  private readonly aftermaths: (Aftermath & { fault: Fault })[] = [];

  constructor(
    private readonly service: Bough,
    private readonly faults: readonly Fault[],
    private readonly say: (line: string) => void,
    private readonly signal: AbortSignal,
  ) {
    this.failed = new Promise<never>((_, reject) => (this.fail = reject));
    this.failed.catch(() => undefined);
  }

  /** Resolves when the last one is over; `failed` tells whether the service has got over all of them. */
  async rage(): Promise<void> {
    const recovering: Promise<void>[] = [];
    try {
      for (const [i, fault] of this.faults.entries()) {
        await sleep(fault.pauseMs, undefined, { signal: this.signal });
        const { target, aftermath } = await strike(this.service, fault);
        const head = `${this.clock()}  #${i + 1} ${fault.signal} ${target.name} (${target.pid})`;
        recovering.push(this.tell(head, fault, aftermath));
      }
      await Promise.all(recovering);
    } catch (error) {
      this.fail(error);
      throw error;
    } finally {
      this.isOver = true;
    }
  }

  /** Says what became of a fault, once it is known. Does not reject. */
  private async tell(head: string, fault: Fault, aftermath: Promise<Aftermath>): Promise<void> {
    try {
      const after = await aftermath;
      this.aftermaths.push({ ...after, fault });
      this.say(`${head}: ${after.words}`);
    } catch (error) {
      this.fail(new Error(`${head}: ${(error as Error).message}`, { cause: error }));
    }
  }

  /** What was hit how often, and how soon others went on with the work. */
  summary(): string[] {
    const hits = new Map<string, number>();
    for (const { fault } of this.aftermaths) {
      const what = `${fault.signal} ${fault.part}`;
      hits.set(what, (hits.get(what) ?? 0) + 1);
    }
    const takeovers = this.aftermaths.flatMap(({ fault, takenOverMs }) =>
      takenOverMs === null || fault.signal === 'SIGSTOP' ? [] : [takenOverMs / 1000],
    );
    return [
      `${this.clock()} of chaos, ${this.aftermaths.length} faults`,
      ...[...hits]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([what, count]) => `  ${what.padEnd(20)} ${String(count).padStart(4)}`),
      `  a run was taken over ${takeovers.length} times, after ${Math.max(0, ...takeovers).toFixed(1)} s at most`,
    ];
  }

  private clock(): string {
    return `${((performance.now() - this.startedAt) / 1000).toFixed(1).padStart(7)} s`;
  }
}
