/** GPT-2's alphabet of byte-level BPE: one printable character for each of the 256 bytes. */

const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);

/** The character that stands for each byte: the byte's own where it is printable, else the next from U+0100 on. */
export const byteCharacters: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const bytesByCharacter: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

const utf8 = new TextEncoder();

/** The bytes of a token written in the alphabet; a token with a character outside of it stands for itself, in UTF-8. */
export function tokenToBytes(token: string): Uint8Array {
  const bytes = Array.from(token, (character) => bytesByCharacter.get(character));
  return bytes.includes(undefined) ? utf8.encode(token) : Uint8Array.from(bytes as number[]);
}
