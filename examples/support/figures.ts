/** Numbers as people read them. */

/** `2,400` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Seconds as `1:05`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** A share as `94.5%`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
