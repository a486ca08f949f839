/** Prints each check as a line of a table, and counts. */

export interface Check {
  what: string;
  /** How it came out: a difference, a count, a name. */
  found: number | string;
  /** The largest number that is right, or the name. */
  expected: number | string;
}

const COLUMN = 25;

export class Scoreboard {
  private passed = 0;
  private failed = 0;

  section(title: string): void {
    console.log(`\n${title.padEnd(78)} ${'found'.padStart(COLUMN)} ${'expected'.padStart(COLUMN)}`);
  }

  check({ what, found, expected }: Check): void {
    const good = typeof found === 'number' && typeof expected === 'number' ? found <= expected : found === expected;
    if (good) this.passed += 1;
    else this.failed += 1;
    console.log(`${what.padEnd(78)} ${shown(found, '')} ${shown(expected, '≤ ')}${good ? '' : '   FAILED'}`);
  }

  /** Prints the count. @returns whether there was something to check and all of it was right */
  finish(): boolean {
    console.log(`\n${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 && this.passed > 0;
  }
}

function shown(value: number | string, sign: string): string {
  if (typeof value === 'string') return value.padStart(COLUMN);
  const text = Number.isInteger(value) ? String(value) : value.toExponential(1);
  return (value === 0 ? '0' : sign + text).padStart(COLUMN);
}
