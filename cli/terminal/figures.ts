/** Numbers as people read them. */

/** `2,400` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Seconds as `1:05`, or `2:01:05` where they are hours. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}

/** A share as `94.5%`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
