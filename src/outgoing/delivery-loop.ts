/** Delivers what is due, again and again from its start until it is closed. What is due, and how it is delivered, is its owner's business. */
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 1000;

export interface Deliveries {
  /** Delivers some of what is due. @returns how many */
  readonly deliver: () => Promise<number>;
  /** As many as are delivered at a time: where so many were due there may be more, and nothing is waited for. */
  readonly atOnce: number;
  /** Told why nothing could be delivered. */
  readonly onProblem: (reason: string) => void;
}

export class DeliveryLoop {
  private readonly closing = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly deliveries: Deliveries) {}

  /** Aborted when it is closed. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  start(): void {
    this.running = this.run();
  }

  /** Returns when what is being delivered has ended. */
  async close(): Promise<void> {
    this.closing.abort(new Error('the service stops'));
    await this.running;
  }

  private async run(): Promise<void> {
    const { deliver, atOnce, onProblem } = this.deliveries;
    const { signal } = this;
    while (!signal.aborted) {
      const delivered = await deliver().catch((error: unknown) => {
        onProblem(error instanceof Error ? error.message : String(error));
        return 0;
      });
      if (delivered < atOnce) await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
