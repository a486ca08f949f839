export type Given<T> = { [K in keyof T]?: T[K] | undefined };

/** Defaults with the given fields laid over them; a field that is undefined counts as not given. */
export function overlay<T extends object>(defaults: T, given: Given<T> | undefined): T {
  const present = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(present) };
}
