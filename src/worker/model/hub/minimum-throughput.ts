/** Whether bytes come fast enough. One that is slow without end would keep others waiting for as long. */
import type { HubLimits } from './hub-limits.js';

/** It is of no use to try again. */
class TooSlow extends Error {
  override readonly name = 'TooSlow';
}

export class MinimumThroughput {
  private since = performance.now();
  private bytes = 0;

  constructor(private readonly limits: Pick<HubLimits, 'paceMs' | 'minBytesPerS'>) {}

  /** @throws {TooSlow} */
  count(bytes: number): void {
    const { paceMs, minBytesPerS } = this.limits;
    this.bytes += bytes;
    const ms = performance.now() - this.since;
    if (ms < paceMs) return;
    if (this.bytes * 1000 < minBytesPerS * ms) {
      throw new TooSlow(`fewer than ${minBytesPerS} bytes per second came for ${paceMs / 1000} s`);
    }
    this.since += ms;
    this.bytes = 0;
  }
}
