/** A multipart body around bytes whose number is not known beforehand, which FormData cannot take. */
import { randomName } from './hex.js';

export function multipart(
  fields: readonly (readonly [string, string])[],
  fileName: string,
  file: AsyncIterable<Uint8Array>,
): { body: ReadableStream<Uint8Array>; contentType: string } {
  const boundary = `bough-${randomName()}`;
  const parts = encode(boundary, fields, fileName, file);
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      await parts.return();
    },
  });
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

async function* encode(
  boundary: string,
  fields: readonly (readonly [string, string])[],
  fileName: string,
  file: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const text = new TextEncoder();
  const head = (disposition: string) => `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n`;
  for (const [name, value] of fields) yield text.encode(`${head(`name="${name}"`)}\r\n${value}\r\n`);
  // As browsers and Node's FormData write such names.
  const quoted = fileName.replace(/[\r\n"]/g, encodeURIComponent);
  yield text.encode(`${head(`name="file"; filename="${quoted}"`)}content-type: application/octet-stream\r\n\r\n`);
  yield* file;
  yield text.encode(`\r\n--${boundary}--\r\n`);
}
