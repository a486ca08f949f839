/** Sorts rows into groups of like length, since the engine pads a group to its longest row. */

/** Padding that a group may have: rows are at least this share of the longest, or within this many tokens of it. */
const LEAST_SHARE = 0.75;
const SLACK_TOKENS = 8;
/** Tokens that a group is fed at once, padding included. */
export const MAX_TOKENS = 8192;

/** Groups in order of length; rows of equal length keep their order. */
export function lengthGroups<Row>(rows: readonly Row[], lengthOf: (row: Row) => number): Row[][] {
  const groups: Row[][] = [];
  let shortest = 0;
  for (const row of rows.toSorted((a, b) => lengthOf(a) - lengthOf(b))) {
    const length = lengthOf(row);
    const group = groups.at(-1);
    const alike = shortest >= LEAST_SHARE * length || length - shortest <= SLACK_TOKENS;
    if (group && alike && (group.length + 1) * length <= MAX_TOKENS) group.push(row);
    else {
      groups.push([row]);
      shortest = length;
    }
  }
  return groups;
}
