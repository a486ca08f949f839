/** The rows of an uploaded file, whichever way it writes them. */
import { readElements } from './array-elements.js';
import { readText } from './file-text.js';
import { readHead, rejoined } from './head.js';
import { readLines } from './lines.js';
import type { SourceRow } from './source-row.js';

/** How a file writes its rows: one JSON object on each line, or one JSON array of them. */
export type RowFormat = 'jsonl' | 'json';

/** Some rows of a file, and what the beginning of the file says of its format. */
export interface RowChunk {
  readonly format: RowFormat;
  readonly rows: readonly SourceRow[];
}

/**
 * @param limit bytes that a gzip file may unpack to
 * @throws {FileError} when the file as a whole cannot be read
 */
export async function* readRows(source: AsyncIterable<Buffer>, limit: number): AsyncGenerator<RowChunk> {
  const text = readText(source, limit);
  try {
    const head = await readHead(text, 1);
    const format = head.toString('latin1').trimStart().startsWith('[') ? 'json' : 'jsonl';
    const all = rejoined(head, text);
    for await (const rows of format === 'json' ? readElements(all) : readLines(all)) yield { format, rows };
  } finally {
    await text.return(undefined);
  }
}
