/** How much of an unfinished answer may be sent. Pure. */

export interface HeldBack {
  /** Beginnings of tool calls: from there on everything waits until the answer has ended. */
  readonly openers: readonly string[];
  /** Texts at which an answer ends, themselves left out. */
  readonly stops: readonly string[];
  /** Whether an answer that begins as a JSON object is a call as a whole. */
  readonly objects: boolean;
}

/** Characters of the text that are none of a call, nor of what may yet become the beginning of a call or a stop. */
export function shownLength(text: string, { openers, stops, objects }: HeldBack): number {
  if (objects && /^\s*(\{|$)/.test(text)) return 0;
  let end = text.length;
  for (const opener of openers) {
    const at = text.indexOf(opener);
    if (at !== -1) end = Math.min(end, at);
  }
  for (const mark of [...openers, ...stops]) end = Math.min(end, text.length - beginningAtEnd(text, mark));
  // White space before a call is left out.
  return openers.length > 0 ? text.slice(0, end).trimEnd().length : end;
}

/** Characters at the end of the text that the mark begins with, less than all of it. */
function beginningAtEnd(text: string, mark: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(mark.slice(0, length))) return length;
  }
  return 0;
}
