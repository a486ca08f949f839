/** Results as Markdown tables, for the terminal and for docs/benchmarks.md alike. Pure. */
import type { BenchmarkResult, ContenderResult, QuantityResult, Results } from './results.js';

/** One table for each stretch of quantities that have the same contenders. */
export function benchmarkTables({ quantities }: Pick<BenchmarkResult, 'quantities'>): string {
  const groups: QuantityResult[][] = [];
  for (const quantity of quantities) {
    const group = groups.at(-1);
    if (group && names(group[0]!).join() === names(quantity).join()) group.push(quantity);
    else groups.push([quantity]);
  }
  return groups.map(tableOf).join('\n\n');
}

/** Rows are quantities, columns contenders; all but the first come with what the first is of theirs. */
function tableOf(group: readonly QuantityResult[]): string {
  const heads = ['', ...names(group[0]!)];
  const rows = group.map(({ what, unit, better, contenders }) => [
    `${what}, ${unit} (${better} is better)`,
    ...contenders.map(cell),
  ]);
  return markdown([heads, heads.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]);
}

function names({ contenders }: QuantityResult): string[] {
  return contenders.map(({ name }) => name);
}

function cell({ median, spread, ratio }: ContenderResult): string {
  const value = `${formatted(median)} ± ${(100 * spread).toFixed(1)}%`;
  return ratio === null ? `**${value}**` : `${value} (${ratio.toFixed(2)} ×)`;
}

/** Four digits, thousands apart. */
export function formatted(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return Number(value.toPrecision(4)).toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** Where, when and from which source the numbers come, and what else there is to say of all of them. */
export function provenanceTable(
  { date, commit, command, machine, versions }: Pick<Results, 'date' | 'commit' | 'command' | 'machine' | 'versions'>,
  more: readonly (readonly [string, string])[] = [],
): string {
  const { cpu, cores, memory_gib, system } = machine;
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return markdown([
    ['', ''],
    ['---', '---'],
    ['date', date],
    ['commit', commit],
    ['command', `\`${command}\``],
    ['machine', `${cpu}, ${cores} cores, ${memory_gib} GiB, ${system}`],
    ...more,
    ['versions', packages.join(', ')],
  ]);
}

function markdown(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
