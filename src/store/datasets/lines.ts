/** Splits a stream of bytes into lines in constant memory. */
import type { Readable } from 'node:stream';

/** Bytes of one line; a longer one is reported and skipped. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

export type Line =
  | { readonly number: number; readonly text: string }
  /** A line that is no text, and why. */
  | { readonly number: number; readonly problem: string };

/** Every line that is not blank, numbered from 1. Ends of line are \n or \r\n; a byte order mark at the beginning is dropped. */
export async function* readLines(source: Readable): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const finish = (): Line | null => {
    const line = length > MAX_LINE_BYTES ? tooLong(number) : decode(Buffer.concat(parts), number);
    parts = [];
    length = 0;
    number++;
    return line;
  };
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      const line = finish();
      if (line) yield line;
    }
    keep(chunk.subarray(start));
  }
  const last = length > 0 ? finish() : null;
  if (last) yield last;

  function keep(part: Buffer): void {
    length += part.length;
    if (length <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  }
}

function tooLong(number: number): Line {
  return { number, problem: `longer than ${MAX_LINE_BYTES} bytes` };
}

function decode(bytes: Buffer, number: number): Line | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: number > 1 }).decode(bytes);
    return text.trim() === '' ? null : { number, text };
  } catch {
    return { number, problem: 'not UTF-8 text' };
  }
}
