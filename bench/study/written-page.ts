/** A page of docs/ of which the part between two marks is written from results, and files that an interrupt leaves whole. */
import { readFile, rename, writeFile } from 'node:fs/promises';

const END = '<!-- /results -->';

/**
 * The page with what is written now in the place of what was.
 * @param command that writes it
 * @throws {Error} when the page does not have both marks
 */
export function withResults(page: string, command: string, written: string): string {
  const begin = `<!-- results: written by \`${command}\` -->`;
  const [start, end] = [page.indexOf(begin), page.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`The page has no place for results: it needs ${begin} and ${END}`);
  return `${page.slice(0, start)}${begin}\n\n${written}\n\n${page.slice(end)}`;
}

/** In Markdown. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** An interrupt leaves the old file or the new one. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** @param change gets the page as it is */
export async function rewrite(file: string, change: (page: string) => string): Promise<void> {
  await writeWhole(file, change(await readFile(file, 'utf8')));
}
