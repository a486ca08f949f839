/** The most memory that this process has held so far. A high-water mark of the operating system: it never falls. */

/** Resident bytes, with the native runtime's; shared libraries count too. */
export function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
