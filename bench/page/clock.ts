/** Makes inputs on a page and measures them with the browser's own event timing: from the input to the frame that shows what it did. */
import type { Locator, Page } from 'playwright-core';

/** The browser reports events from this many milliseconds on; what it does not report took less, and counts as this. */
const LEAST_MS = 16;
/** Time for a frame after the last input, and for the browser to report it. */
const SETTLE_MS = 120;

interface Taken {
  /** Milliseconds from each input to its frame. */
  readonly frames: number[];
  /** Milliseconds until what was asked for had been read from the API and was there. */
  readonly contents: number[];
  readonly isWheel: boolean;
}

export class Clock {
  private readonly taken = new Map<string, Taken>();

  private constructor(private readonly page: Page) {}

  static async in(page: Page): Promise<Clock> {
    await page.addInitScript(`
      globalThis.frames = [];
      new PerformanceObserver((list) => {
        for (const { interactionId, duration, name } of list.getEntries()) {
          if (interactionId > 0 || name === 'wheel') globalThis.frames.push(duration);
        }
      }).observe({ type: 'event', durationThreshold: ${LEAST_MS}, buffered: true });
    `);
    return new Clock(page);
  }

  /** @param content what the click asks for */
  async click(what: string, target: Locator, content: Locator): Promise<void> {
    await target.waitFor();
    const from = performance.now();
    await this.measured(what, async () => {
      await target.click();
      await content.first().waitFor();
      this.of(what).contents.push(performance.now() - from);
    });
  }

  async wheel(what: string, turns: number, pixels: number): Promise<void> {
    await this.page.mouse.move(600, 600);
    this.of(what, true);
    for (let i = 0; i < turns; i++) await this.measured(what, () => this.page.mouse.wheel(0, pixels), LEAST_MS * 3);
  }

  async type(what: string, field: Locator, text: string): Promise<void> {
    await field.focus();
    for (const key of text) await this.measured(what, () => this.page.keyboard.press(key), LEAST_MS * 3);
  }

  /** Prints a line for each kind of input. @returns the 95th percentile of clicks and keys, milliseconds; turns of the wheel are many and cheap */
  async print(): Promise<number> {
    const rows = [...this.taken].map(([what, { frames, contents }]) => ({
      input: what,
      times: frames.length,
      'median ms': percentile(frames, 0.5),
      'p95 ms': percentile(frames, 0.95),
      'until its content, median ms': contents.length === 0 ? '' : percentile(contents, 0.5),
    }));
    console.table(rows);
    return percentile(
      [...this.taken.values()].filter(({ isWheel }) => !isWheel).flatMap(({ frames }) => frames),
      0.95,
    );
  }

  /** An input is several events, of which the slowest counts. */
  private async measured(what: string, act: () => Promise<void>, settleMs = SETTLE_MS): Promise<void> {
    await this.page.evaluate('globalThis.frames.length = 0');
    await act();
    await this.page.waitForTimeout(settleMs);
    const durations = await this.page.evaluate<number[]>('globalThis.frames');
    const slowest = durations.length === 0 ? LEAST_MS : Math.max(...durations);
    this.of(what).frames.push(slowest);
  }

  private of(what: string, isWheel = false): Taken {
    const known = this.taken.get(what) ?? { frames: [], contents: [], isWheel };
    this.taken.set(what, known);
    return known;
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}
