/** The body of an answer, up to a limit. */

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
