/**
 * What a chat template writes behind an assistant's content, found by rendering a short conversation: with it a model that learnt from such conversations
 * ends an answer, whatever its configuration calls the end of a sequence (`<|im_end|>` where that is `<|endoftext|>`).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AddedToken, AddedTokenSplitter } from './added-tokens.js';
import { renderIfAccepted, type TemplateSource } from './chat-template.js';
import { readJsonIfThere } from './read-json.js';
import { addedTokensOf } from './tokenizer.js';
import { chatTemplateOf, readTokenizerConfig, specialTokensOf } from './tokenizer-config.js';
import { parseTokenizerJson } from './tokenizer-json.js';
import { withinTime } from './within-time.js';

export interface TurnEnd {
  /** Between the content and the token; usually nothing. */
  text: string;
  token: AddedToken;
}

interface TurnSource extends TemplateSource {
  split(text: string): (AddedToken | string)[];
}

const CONTENT = 'It is four.';

/** The first token behind an answer; null where the template ends it with none, or there is no template. */
export function turnEnd(tokenizer: TurnSource): TurnEnd | null {
  const rendered = renderedTurn(tokenizer);
  const at = rendered.lastIndexOf(CONTENT);
  if (at === -1) return null;
  let text = '';
  for (const part of tokenizer.split(rendered.slice(at + CONTENT.length))) {
    if (typeof part !== 'string') return { text, token: part };
    text += part;
  }
  return null;
}

function renderedTurn(tokenizer: TurnSource): string {
  const messages = [
    { role: 'user', content: 'What is 2 + 2?' },
    { role: 'assistant', content: CONTENT },
  ];
  return renderIfAccepted(tokenizer, messages, { addGenerationPrompt: false });
}

/** The id with which the template of a directory's tokenizer ends an answer, as a list of one; empty where there is none. */
export async function turnEndIds(directory: string): Promise<number[]> {
  const json = await readJsonIfThere(directory, 'tokenizer.json');
  if (json === null) return [];
  const config = await readTokenizerConfig(directory);
  const template = await readFile(join(directory, 'chat_template.jinja'), 'utf8').catch(() => null);
  const splitter = new AddedTokenSplitter(addedTokensOf(parseTokenizerJson(json), config));
  const source: TurnSource = {
    chatTemplate: template ?? chatTemplateOf(config),
    specialTokens: specialTokensOf(config),
    split: (text) => splitter.split(text),
  };
  const end = withinTime(() => turnEnd(source));
  return end ? [end.token.id] : [];
}
