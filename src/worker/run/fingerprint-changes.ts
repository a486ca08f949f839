/** In what the machine of an attempt differs from that of the attempt before: where it does, a resumed run need not be equal bit for bit. */

/** One line for each fact that `before` knew otherwise. What it did not know is no change. */
export function fingerprintChanges(before: Record<string, unknown>, now: Record<string, string>): string[] {
  return Object.entries(now)
    .filter(([name, value]) => name in before && before[name] !== value)
    .map(([name, value]) => `${name} was ${String(before[name])} and is ${value}`);
}
