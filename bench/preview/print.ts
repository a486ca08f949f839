/** The comparison as a table. */
import type { Comparison, Quantity } from './compare-runs.js';

export function print(comparisons: readonly Comparison[]): void {
  console.log(`${'run'.padEnd(6)}${'quantity'.padEnd(14)}${'promised'.padStart(12)}${'actual'.padStart(12)}   ratio`);
  for (const { run, quantities } of comparisons) {
    for (const { name, unit, promised, actual, ratio } of quantities) {
      const [one, other] = [promised, actual].map((value) => shown(unit, value).padStart(12));
      console.log(`${run.padEnd(6)}${name.padEnd(14)}${one}${other}   ${ratio === null ? '-' : ratio.toFixed(2)}`);
    }
  }
}

function shown(unit: Quantity['unit'], value: number): string {
  return unit === 's' ? `${value.toFixed(2)} s` : `${(value / 2 ** 20).toFixed(0)} MiB`;
}
