/**
 * The tokenizer's files for libraries that read them otherwise than Python's: the same tokenizer, written so that transformers.js and onnxruntime-genai give
 * the same ids. Not the tokenizer itself.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPortable, mendPreTokenizer } from '../io/mended-pre-tokenizer.js';
import { type Json, readJson } from '../io/read-json.js';
import { copyTokenizerFiles } from '../io/tokenizer-files.js';

/**
 * Copies what there is of a tokenizer. Its splitting of digits, which both libraries take otherwise than the original, is spelled out as patterns; and the
 * text of chat_template.jinja stands in tokenizer_config.json too, where transformers.js looks for it.
 */
export async function exportTokenizer(from: string, to: string): Promise<void> {
  await copyTokenizerFiles(from, to);
  const files = await readdir(to);
  if (files.includes('tokenizer.json')) {
    await rewrite(join(to, 'tokenizer.json'), ({ pre_tokenizer: steps }) => {
      const mended = mendPreTokenizer(steps as Json | null);
      return isPortable(mended) ? { pre_tokenizer: mended } : {};
    });
  }
  if (files.includes('chat_template.jinja')) {
    const template = await readFile(join(to, 'chat_template.jinja'), 'utf8');
    await rewrite(join(to, 'tokenizer_config.json'), () => ({ chat_template: template }));
  }
}

async function rewrite(path: string, change: (json: Json) => Json): Promise<void> {
  const json = await readJson(path);
  await writeFile(path, `${JSON.stringify({ ...json, ...change(json) }, null, 2)}\n`);
}
