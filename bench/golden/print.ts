/** Prints comparisons as a table and counts what is within its bound. */
import type { Comparison } from './compare.js';

export class Scoreboard {
  private passed = 0;
  private failed = 0;

  async print(title: string, comparisons: AsyncIterable<Comparison>): Promise<void> {
    const heads = ['ours', 'PyTorch', 'bound'].map((head) => head.padStart(9)).join(' ');
    console.log(`\n${title.padEnd(64)} ${heads}`);
    for await (const { quantity, error, torch, bound } of comparisons) {
      const good = error <= bound;
      if (good) this.passed += 1;
      else this.failed += 1;
      const numbers = [error, torch, bound]
        .map((x) => (Number.isNaN(x) ? '-' : x.toExponential(1)).padStart(9))
        .join(' ');
      console.log(`${quantity.padEnd(64)} ${numbers}${good ? '' : '   OUT OF BOUNDS'}`);
    }
  }

  /** Prints the count; the exit code is 0 iff there was something and all of it was within bounds. */
  finish(): void {
    console.log(`\n${this.passed} within bounds, ${this.failed} out of bounds`);
    process.exitCode = this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}
