/** How a model's tokens are read: where it ends, where it calls a tool. */
import type { Tokenizer } from '../../engine/index.js';
import type { Renderer } from '../model/render.js';
import { ChatGrammar } from './chat-grammar.js';
import { TagGrammar } from './tag-grammar.js';
import type { ToolGrammar } from './tool-grammar.js';

/** What tells the meaning of a token. */
export interface Language {
  tokenizer: Tokenizer;
  endTokens: ReadonlySet<number>;
  /** The one of them that an answer is taught to end with. */
  endToken: number;
  /** Tokens that are no text. */
  control: ReadonlySet<number>;
  grammar: ToolGrammar;
}

export function languageOf(
  { tokenizer, endTokens, endToken, control, callFormat, tagNames }: Renderer,
  tools: readonly string[],
): Language {
  const grammar = callFormat ? new ChatGrammar(callFormat) : new TagGrammar(tools, tagNames);
  return { tokenizer, endTokens: new Set(endTokens), endToken, control, grammar };
}
