/** A series of numbers as a small plot of text. */

export interface Plot {
  /** Columns and rows of the plot, without its labels. */
  readonly width: number;
  readonly height: number;
}

/** From an eighth of a row to a whole one. */
const BARS = ' ▁▂▃▄▅▆▇█';

/**
 * One bar per value; of a series longer than the plot is wide, one per span of it, as high as its mean. The lowest and the
 * highest bar are labelled, and so are the first and the last number below them.
 */
export function curve(values: readonly number[], { width, height }: Plot): string[] {
  if (values.length === 0) return [];
  const bars = spans(values, width).map(mean);
  const low = Math.min(...bars);
  const high = Math.max(...bars);
  const labels = [high, low].map((value) => value.toFixed(2));
  const margin = Math.max(...labels.map((label) => label.length));
  // The lowest bar is a little higher than nothing, to be seen.
  const eighths = bars.map((bar) => 1 + (high > low ? ((bar - low) / (high - low)) * (8 * height - 1) : 0));
  const rows = Array.from({ length: height }, (_, row) => {
    const below = 8 * (height - 1 - row);
    const label = row === 0 ? labels[0] : row === height - 1 ? labels[1] : undefined;
    const cells = eighths.map((bar) => BARS[Math.max(0, Math.min(8, Math.round(bar - below)))]);
    return `${(label ?? '').padStart(margin)} ┤${cells.join('')}`;
  });
  const last = String(values.length);
  return [...rows, `${' '.repeat(margin + 2)}1${last.padStart(Math.max(bars.length - 1, last.length + 1))}`];
}

/** The values in order in at most `most` spans of nearly the same length. */
function spans(values: readonly number[], most: number): number[][] {
  const parts = Math.min(most, values.length);
  const start = (part: number) => Math.floor((part * values.length) / parts);
  return Array.from({ length: parts }, (_, part) => values.slice(start(part), start(part + 1)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
