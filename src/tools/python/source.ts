/** Prepares the text between a model's tags for Python. */

/**
 * Takes away the indentation of a program whose first line is indented, which Python refuses: that of all lines when they share it, else
 * only the first line's, which a tokenizer's leading space leaves there. Other programs stay as they are.
 */
export function unindented(source: string): string {
  const lines = source.replace(/^(?:[^\S\n]*\n)+/, '').split('\n');
  const indent = /^[ \t]*/.exec(lines[0] ?? '')?.[0] ?? '';
  const shared = lines.every((line) => line.startsWith(indent) || line.trim() === '');
  return lines.map((line, i) => (shared || i === 0 ? line.slice(indent.length) : line)).join('\n');
}
