/** Rows as JSON Lines, the form in which datasets are uploaded. */
export function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
