/** Numbers and times as words. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export const count = (value: number) => whole.format(value);
export const compact = (value: number) => (Math.abs(value) < 10_000 ? whole.format(value) : short.format(value));

/** Three significant digits, without an exponent where that is as short. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (Number.isInteger(value) && Math.abs(value) < 10_000) return signed(whole.format(value));
  return signed(fraction(value));
}

function fraction(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return compact(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 0.01) return value.toFixed(size >= 1 ? 2 : 3);
  return value.toExponential(1).replace('e-', 'e−');
}

/** With a real minus. */
const signed = (text: string) => text.replace(/^-/, '−');

/** What an axis says at its lines: as many decimals as tell them apart, and no more. */
export function scaleFigures(values: readonly number[]): string[] {
  const largest = Math.max(...values.map(Math.abs));
  const digits = [0, 1, 2, 3, 4, 5].find((decimals) =>
    values.every((value) => Math.abs(value - Number(value.toFixed(decimals))) < 1e-9 * largest),
  );
  if (digits === undefined) return values.map((value) => (value === 0 ? '0' : figure(value)));
  return values.map((value) =>
    Math.abs(value) >= 10_000 ? signed(compact(value)) : signed(value.toFixed(value === 0 ? 0 : digits)),
  );
}

/** With a plus where it is one. */
export const change = (value: number | null) => `${value !== null && value > 0 ? '+' : ''}${figure(value)}`;

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
}

/** With one decimal whatever its size, to be compared with others. */
export const tenthsOfPercent = (share: number) => `${(share * 100).toFixed(1)}%`;

/** `2 h 5 min`, `3 min 20 s`, `8 s`. */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${rest} s`;
  return `${rest} s`;
}

export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = size < 1000 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), units.length - 1);
  return `${figure(size / 1000 ** power)} ${units[power] ?? ''}`;
}

/** @param at unix seconds */
export function ago(at: number, now: number): string {
  const seconds = now / 1000 - at;
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const clockTime = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** @param at unix seconds */
export const fullTime = (at: number) => moment.format(at * 1000);
export const timeOfDay = (at: number) => clockTime.format(at * 1000);
