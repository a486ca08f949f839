/** The rows of a CSV file, whose first line names the columns, in constant memory. Cells are texts: what they mean is for others to say. */
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { FileError, MAX_ROW_BYTES, type SourceRow } from './source-row.js';

const DELIMITERS = [',', ';', '\t'] as const;
type Delimiter = (typeof DELIMITERS)[number];

/** Rows that are handed on together. */
const CHUNK_ROWS = 500;

interface CsvRecord {
  readonly record: readonly string[];
  /** `lines`: that have been read with the end of this record. */
  readonly info: { readonly lines: number };
}

/**
 * What separates the cells of the text's first line: the commonest of comma, semicolon and tab outside of quotes.
 * @param begin of the text, without leading white space
 * @param isDeclared its owner says that it is CSV, so that one column is enough
 * @returns null for what is JSON, or has one column and is not said to be CSV
 */
export function delimiterOf(begin: string, isDeclared: boolean): Delimiter | null {
  if (begin === '' || begin.startsWith('{') || begin.startsWith('[')) return null;
  const [header = ''] = begin.replaceAll(/"[^"]*"/g, '').split(/[\r\n]/, 1);
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length - 1);
  const most = Math.max(...counts);
  if (most === 0) return isDeclared ? ',' : null;
  return DELIMITERS[counts.indexOf(most)] ?? null;
}

/**
 * Every row as a JSON object of its cells by the names of the columns; an empty cell is left out.
 * @param jsonColumns whose cells are JSON where they begin with a bracket or a brace
 * @throws {FileError} when the columns have no usable names, or it is not known where a row ends
 */
export async function* readCsv(
  source: AsyncIterable<Buffer>,
  delimiter: Delimiter,
  jsonColumns: ReadonlySet<string> = new Set(),
): AsyncGenerator<SourceRow[]> {
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  });
  // The callback does nothing because what goes wrong is thrown where the records are read.
  const records = pipeline(Readable.from(decode(source)), parser, () => undefined);
  let columns: readonly string[] | null = null;
  let rows: SourceRow[] = [];
  try {
    for await (const { record, info } of records as AsyncIterable<CsvRecord>) {
      if (columns === null) {
        columns = columnsOf(record);
        continue;
      }
      const within = record.reduce((count, cell) => count + cell.split(/\r\n|\r|\n/).length - 1, 0);
      rows.push({ line: info.lines - within, content: contentOf(record, columns, jsonColumns) });
      if (rows.length < CHUNK_ROWS) continue;
      yield rows;
      rows = [];
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new FileError(`it is not CSV: ${error.message}; double each quote within a quoted cell`);
  }
  yield rows;
}

function columnsOf(names: readonly string[]): string[] {
  const columns = names.map((name) => name.trim());
  const twice = columns.find((name, i) => name !== '' && columns.indexOf(name) !== i);
  if (twice !== undefined) throw new FileError(`two of its columns are called ${twice}: rename one of them`);
  return columns;
}

function contentOf(
  cells: readonly string[],
  columns: readonly string[],
  jsonColumns: ReadonlySet<string>,
): SourceRow['content'] {
  if (cells.length !== columns.length) {
    return { problem: `has ${cells.length} cells and the first line ${columns.length}: quote cells that have a comma` };
  }
  const fields: string[] = [];
  for (const [i, cell] of cells.entries()) {
    const name = columns[i] ?? '';
    // A column without a name is the index that pandas writes.
    if (cell === '' || name === '') continue;
    const isJson = jsonColumns.has(name) && /^\s*[[{]/.test(cell);
    if (isJson && !parses(cell)) {
      return {
        problem: `${name}: begins as a list or an object and is not JSON: write it as JSON, such as ["a", "b"]`,
      };
    }
    fields.push(`${JSON.stringify(name)}:${isJson ? cell : JSON.stringify(cell)}`);
  }
  return { text: `{${fields.join(',')}}` };
}

function parses(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

/** Excel saves CSV in the code page of its country, which would come out as other letters. */
async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new FileError('it is not UTF-8 text: save it as CSV UTF-8');
  }
}
