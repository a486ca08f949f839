/** What is in the map, or is made and put there; the oldest makes room. */
export function kept<T>(map: Map<string, T>, key: string, most: number, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
  return found;
}
