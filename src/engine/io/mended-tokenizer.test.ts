/** Every step of a tokenizer.json that is taken at all gives the ids of the Python library, as test/tokenizers/make-expected.py recorded them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Tokenizer } from './tokenizer.js';
import { parseTokenizerJson, type TokenizerJson } from './tokenizer-json.js';

interface Variant {
  name: string;
  change: Partial<TokenizerJson>;
  ids: number[][];
}

const path = new URL('../../../test/tokenizers/expected.jsonl', import.meta.url);
const [head, ...variants] = readFileSync(path, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as unknown) as [{ tokenizer: TokenizerJson; texts: string[] }, ...Variant[]];

function changed(change: Partial<TokenizerJson>): TokenizerJson {
  const { tokenizer } = head;
  return {
    ...tokenizer,
    ...change,
    model: { ...tokenizer.model, ...change.model },
    added_tokens: [...tokenizer.added_tokens, ...(change.added_tokens ?? [])],
  };
}

test.each(variants)('$name: the ids are those of the original', ({ change, ids }) => {
  const tokenizer = new Tokenizer(parseTokenizerJson(changed(change)));
  const found = head.texts.map((text) => [...tokenizer.encode(text, { allowSpecial: true })]);
  expect(Object.fromEntries(head.texts.map((text, i) => [text, found[i]]))).toEqual(
    Object.fromEntries(head.texts.map((text, i) => [text, ids[i]])),
  );
});
