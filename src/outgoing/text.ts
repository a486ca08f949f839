/** The body of an answer: read up to a limit, as JSON, or as much of it as is shown. */

/** @throws {RangeError} when there is more than the limit */
export async function bytesOf({ body }: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RangeError(`it sent more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** As `bytesOf`, as text in UTF-8. */
export const textOf = async (response: Response, maxBytes: number): Promise<string> =>
  (await bytesOf(response, maxBytes)).toString('utf8');

/** @throws {Error} naming what came instead of JSON */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`it answered with no JSON: ${shortened(text)}`);
  }
}

/** As much of an answer as says what it is. */
export const shortened = (text: string, characters = 200): string =>
  text.length > characters ? `${text.slice(0, characters)}…` : text;
