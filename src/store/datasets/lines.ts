/** The rows of JSON Lines, in constant memory. */
import { RowBytes } from './row-bytes.js';
import type { SourceRow } from './source-row.js';

const NEWLINE = 10;

/** Every line that is not blank, those of one chunk together. Ends of line are \n or \r\n. */
export async function* readLines(source: AsyncIterable<Buffer>): AsyncGenerator<SourceRow[]> {
  const bytes = new RowBytes();
  let line = 1;
  for await (const chunk of source) {
    const rows: SourceRow[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      bytes.add(chunk.subarray(start, end));
      start = end + 1;
      const content = bytes.take();
      if (content) rows.push({ line, content });
      line++;
    }
    bytes.add(chunk.subarray(start));
    yield rows;
  }
  const content = bytes.take();
  if (content) yield [{ line, content }];
}
