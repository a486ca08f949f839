/** Which tokens of a tokenizer are control, not text. The files alone do not say it: `special` is also what other programs write on a tag that was added. */
import { renderIfAccepted } from './chat-template.js';
import type { Tokenizer } from './tokenizer.js';

/**
 * Ids of the tokens that end an answer, and of the special ones that have a name such as `bos_token` or are written by the chat template.
 * @param tags are text whatever the tokenizer says of them, and even if the template writes them
 */
export function controlTokens(
  tokenizer: Tokenizer,
  ends: readonly number[],
  tags: readonly string[],
): ReadonlySet<number> {
  const named = Object.values(tokenizer.specialTokens);
  const written = `${tokenizer.chatTemplate}${renderedSample(tokenizer)}`;
  const controls = tokenizer.addedTokens.filter(
    ({ content, special }) =>
      special && !tags.includes(content) && (named.includes(content) || written.includes(content)),
  );
  return new Set([...ends, ...controls.map(({ id }) => id)]);
}

/** For what a template puts together, such as `'<|' + role + '|>'`. */
function renderedSample(tokenizer: Tokenizer): string {
  const messages = ['user', 'assistant', 'user'].map((role) => ({ role, content: 'x' }));
  for (const system of [[{ role: 'system', content: 'x' }], []]) {
    const rendered = renderIfAccepted(tokenizer, [...system, ...messages], { addGenerationPrompt: true });
    if (rendered !== '') return rendered;
  }
  return '';
}
