/** Takes the folders of this machine out of what users are told: they are the operator's, and say nothing to anybody else. */

/** Within quotes, where a path may have blanks in it. */
const QUOTED = /(['"`])(?:file:\/\/)?\/(?:(?!\1)[^\n])*\1/g;
/** At least two names deep, and not the rest of an address such as `https://host/a/b`. */
const BARE = /(?:\bfile:\/\/|(?<![\w/:.…-]))(?:\/[\w.@+~-]+){2,}/g;

/** Of each absolute path its last part, as in `…/policy.js:12:3`. */
export function withoutPaths(text: string): string {
  return text.replace(QUOTED, (path) => `${path[0]}${lastPart(path.slice(1, -1))}${path[0]}`).replace(BARE, lastPart);
}

function lastPart(path: string): string {
  return `…/${path.slice(path.lastIndexOf('/') + 1)}`;
}
