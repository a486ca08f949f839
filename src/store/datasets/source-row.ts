/** A row as it lies in an uploaded file, before anyone has looked into it; and why a row or a whole file cannot be used, said to its owner. */

/** Bytes of one row; a longer one is reported and skipped. */
export const MAX_ROW_BYTES = 16 * 1024 * 1024;

export interface SourceRow {
  /** On which it begins, from 1; of a Parquet file, the number of the row. */
  readonly line: number;
  /** Its place in a JSON array, from 1; absent in JSON Lines. */
  readonly element?: number;
  readonly content: { readonly text: string } | { readonly problem: string };
}

export class RowError extends Error {}

export class FileError extends Error {}
