/** Collects the bytes of one row from the chunks that it lies in. Holds no more of them than a row may have. */
import { isUtf8 } from 'node:buffer';
import { MAX_ROW_BYTES, type SourceRow } from './source-row.js';

export class RowBytes {
  private parts: Buffer[] = [];
  private length = 0;

  add(part: Buffer): void {
    this.length += part.length;
    if (this.length <= MAX_ROW_BYTES) this.parts.push(part);
    else this.parts = [];
  }

  /** What was collected, as text or as a problem; null where it is blank. Begins the next row. */
  take(): SourceRow['content'] | null {
    const { parts, length } = this;
    this.parts = [];
    this.length = 0;
    if (length > MAX_ROW_BYTES) return { problem: `longer than ${MAX_ROW_BYTES} bytes` };
    const [only] = parts;
    const bytes = only && parts.length === 1 ? only : Buffer.concat(parts);
    if (!isUtf8(bytes)) return { problem: 'not UTF-8 text: save the file as UTF-8' };
    const text = bytes.toString('utf8').trim();
    return text === '' ? null : { text };
  }
}
