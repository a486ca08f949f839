/** Tells now and then how far a transfer has come. Whether anybody hears it makes no difference to the transfer. */
import type { TransferProgress as Progress } from '../../store/shapes.js';

const EVERY_MS = 1000;

export class TransferProgress {
  /** Bytes that there are; null while that is not known. */
  total: number | null = null;
  private bytes = 0;
  private toldAt = 0;
  private telling: Promise<void> | null = null;

  constructor(private readonly tell: (progress: Progress) => Promise<void>) {}

  /** Counts what passes. */
  async *count(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.bytes += chunk.length;
      this.tellIfTime();
      yield chunk;
    }
  }

  /** Tells where it stands, and resolves when that has been heard. */
  async pause(): Promise<void> {
    await this.telling;
    this.tellNow();
    await this.telling;
  }

  /** Resolves when nothing is being told any more. */
  async settled(): Promise<void> {
    await this.telling;
  }

  private tellIfTime(): void {
    if (!this.telling && performance.now() - this.toldAt >= EVERY_MS) this.tellNow();
  }

  private tellNow(): void {
    this.toldAt = performance.now();
    this.telling = this.tell({ bytes: this.bytes, total_bytes: this.total })
      .catch(() => undefined)
      .finally(() => {
        this.telling = null;
      });
  }
}
