/** Splits a text into those of its tokens, with a tokenizer.json of the kind that the service takes: byte-level BPE. Pure. */
import type { TokenizerFile } from '../../api/tokenizer.ts';

/** The text of each of the ids; null when they are not those of the text, control tokens aside. */
export type SplitText = (ids: readonly number[], text: string) => string[] | null;

export function splitter({ model, added_tokens: added = [] }: TokenizerFile): SplitText {
  const bytesOf = new Map<number, Uint8Array>();
  const byteOf = byteLevelAlphabet();
  for (const [token, id] of Object.entries(model.vocab)) {
    bytesOf.set(
      id,
      Uint8Array.from(token, (character) => byteOf.get(character) ?? 0x3f),
    );
  }
  const encoder = new TextEncoder();
  for (const { id, content } of added) bytesOf.set(id, encoder.encode(content));
  const isAdded = new Set(added.map(({ id }) => id));
  return (ids, text) => {
    // A character may be in several tokens: it is shown with the last of them.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const parts: string[] = [];
    let at = 0;
    for (const id of ids) {
      const part = decoder.decode(bytesOf.get(id), { stream: true });
      parts.push(part);
      if (text.startsWith(part, at)) at += part.length;
      // What ends a turn is a token, and not in the text.
      else if (!isAdded.has(id)) return null;
    }
    return at === text.length ? parts : null;
  };
}

/** GPT-2's map: printable bytes stand for themselves, the others for characters from U+0100 on. */
function byteLevelAlphabet(): Map<string, number> {
  const isPrintable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  const alphabet = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    alphabet.set(String.fromCodePoint(isPrintable(byte) ? byte : next++), byte);
  }
  return alphabet;
}
