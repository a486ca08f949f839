/** The rows of a file that is one JSON array, in constant memory. Finds where elements begin and end; whether they are JSON is for others to say. */
import { RowBytes } from './row-bytes.js';
import { FileError, type SourceRow } from './source-row.js';

const [NEWLINE, QUOTE, COMMA, BACKSLASH] = [10, 34, 44, 92];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125];

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/**
 * Every element of the array, those that end in one chunk together. The first byte that is no white space must be its bracket.
 * @throws {FileError} when the array does not end, or the file goes on after it
 */
export async function* readElements(source: AsyncIterable<Buffer>): AsyncGenerator<SourceRow[]> {
  const bytes = new RowBytes();
  let depth = 0;
  let line = 1;
  /** Of the element that is being read; null before its first byte. */
  let began: number | null = null;
  let element = 1;
  let inString = false;
  let escaped = false;
  let endedOn: number | null = null;

  for await (const chunk of source) {
    const rows: SourceRow[] = [];
    let start = 0;
    const finish = (end: number, last: boolean): void => {
      bytes.add(chunk.subarray(start, end));
      start = end + 1;
      const content = bytes.take() ?? { problem: 'is empty: leave out one of the commas' };
      if (began !== null || !last) rows.push({ line: began ?? line, element, content });
      began = null;
      element++;
    };
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === NEWLINE) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
        continue;
      }
      if (isSpace(byte)) continue;
      if (endedOn !== null) {
        throw new FileError(
          `its JSON array ends on line ${endedOn}, and more follows on line ${line}: send one array, or one JSON object on each line`,
        );
      }
      if (depth === 0) {
        depth = 1;
        start = at + 1;
      } else if (depth === 1 && byte === COMMA) finish(at, false);
      else if (depth === 1 && byte === CLOSE_BRACKET) {
        finish(at, true);
        endedOn = line;
      } else {
        began ??= line;
        if (byte === QUOTE) inString = true;
        else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) depth++;
        else if ((byte === CLOSE_BRACKET || byte === CLOSE_BRACE) && depth > 1) depth--;
      }
    }
    if (endedOn === null && depth > 0) bytes.add(chunk.subarray(start));
    yield rows;
  }
  if (endedOn === null) {
    throw new FileError(
      `its JSON array does not end: element ${element}, which begins on line ${began ?? line}, is cut off or lacks a closing quote or bracket`,
    );
  }
}
