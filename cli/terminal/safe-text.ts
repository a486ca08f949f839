/**
 * Text that a model or a tool wrote, made fit to be shown in a terminal or on a page: what would act on the reader instead of being read is
 * replaced by a picture of it. Markup is not its concern.
 */

/** Terminals' control sequences, whole; other control characters; and those that turn the direction of a line, or hide. */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex
  /\u001B\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;

export function safeText(text: string): string {
  return text.replace(UNSEEN, picture);
}

/** `␛[31m`, `␀`, `⟨U+202E⟩`: as it stands in the text, but harmless. */
function picture(sequence: string): string {
  const code = sequence.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code) + sequence.slice(1);
  if (code === 0x7f) return '␡';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
