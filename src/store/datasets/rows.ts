/** The rows of an uploaded file, whichever way it writes them. */
import { readElements } from './array-elements.js';
import { delimiterOf, readCsv } from './csv.js';
import { readText } from './file-text.js';
import { readHead, rejoined } from './head.js';
import { readLines } from './lines.js';
import { isParquet, readParquet } from './parquet.js';
import type { SourceFile } from './source-file.js';
import type { SourceRow } from './source-row.js';

/** Of a text's beginning, enough to see its first line. */
const HEAD_BYTES = 64 * 1024;

/** How a file writes its rows: one JSON object on each line, one JSON array of them, lines of cells, or columns. */
export type RowFormat = 'jsonl' | 'json' | 'csv' | 'parquet';

/** Some rows of a file, and what the beginning of the file says of its format. */
export interface RowChunk {
  readonly format: RowFormat;
  readonly rows: readonly SourceRow[];
}

export interface RowOptions {
  /** Bytes that a gzip file may unpack to, and the rows of a Parquet file as JSON. */
  readonly limit: number;
  /** What its owner calls the file; only a CSV file of one column cannot be told from other text without it. */
  readonly declared?: string;
  /** Columns of a CSV file whose cells may be JSON. */
  readonly jsonColumns?: ReadonlySet<string>;
}

/** @throws {FileError} when the file as a whole cannot be read */
export async function* readRows(
  file: SourceFile,
  { limit, declared, jsonColumns }: RowOptions,
): AsyncGenerator<RowChunk> {
  if (await isParquet(file)) {
    for await (const rows of readParquet(file, limit)) yield { format: 'parquet', rows };
    return;
  }
  const text = readText(file.open(), limit);
  try {
    const head = await readHead(text, HEAD_BYTES);
    const all = rejoined(head, text);
    const begin = head.toString('utf8').trimStart();
    const delimiter = delimiterOf(begin, declared === 'csv');
    if (delimiter !== null) {
      for await (const rows of readCsv(all, delimiter, jsonColumns)) yield { format: 'csv', rows };
    } else if (begin.startsWith('[')) {
      for await (const rows of readElements(all)) yield { format: 'json', rows };
    } else {
      for await (const rows of readLines(all)) yield { format: 'jsonl', rows };
    }
  } finally {
    await text.return(undefined);
  }
}
