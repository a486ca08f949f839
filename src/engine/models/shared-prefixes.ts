/** Finds what rows of a decode step have in common: rollouts of one prompt share its tokens, and forks those before them. Only numbers of slots are read. */

/** Rows that begin with the same `common` slots. */
export interface PrefixGroup {
  members: number[];
  common: number;
}

/**
 * Rows by what they begin with, where reading that once for each group is less than reading it for each row: all rows are padded to the longest. Else all are one group with
 * nothing in common.
 */
export function sharedPrefixes(prefixes: readonly Int32Array[]): PrefixGroup[] {
  const groups = prefixGroups(prefixes);
  const common = Math.max(...groups.map((group) => group.common));
  const own = Math.max(...groups.flatMap((group) => group.members.map((row) => prefixes[row]!.length - group.common)));
  const longest = Math.max(...prefixes.map(({ length }) => length));
  const rows = prefixes.length;
  return groups.length * common + rows * own < rows * longest ? groups : nothingShared(rows);
}

/** All rows as one group. */
export function nothingShared(rows: number): PrefixGroup[] {
  return [{ members: Array.from({ length: rows }, (_, row) => row), common: 0 }];
}

/**
 * Rows by what they begin with. Each row is in one group.
 * @param prefixes slots of each row's earlier tokens, in path order
 */
export function prefixGroups(prefixes: readonly Int32Array[]): PrefixGroup[] {
  const byFirst = new Map<number, number[]>();
  const alone: PrefixGroup[] = [];
  prefixes.forEach((prefix, row) => {
    const [first] = prefix;
    if (first === undefined) return void alone.push({ members: [row], common: 0 });
    const members = byFirst.get(first);
    if (members) members.push(row);
    else byFirst.set(first, [row]);
  });
  const groups = [...byFirst.values()].map((members) => ({ members, common: commonLength(members, prefixes) }));
  return [...groups, ...alone];
}

function commonLength(members: readonly number[], prefixes: readonly Int32Array[]): number {
  const [first, ...others] = members.map((row) => prefixes[row]!) as [Int32Array, ...Int32Array[]];
  if (others.length === 0) return 0;
  return others.reduce((common, other) => {
    let at = 0;
    while (at < common && at < other.length && other[at] === first[at]) at += 1;
    return at;
  }, first.length);
}
