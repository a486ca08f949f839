/** What makes it doubtful that a model's answers can be worth anything, found without running it: said as warnings, because a run may know better. */
import { agentTags } from './agent-tags.js';
import type { Tokenizer } from '../../engine/index.js';
import type { Renderer } from './render.js';

const QUESTION = 'What is 2 + 2?';

/**
 * Warnings about special tokens that go by the name of no token, and about a model that is given no names at all.
 * @param files names of those that lie beside tokenizer.json
 * @param ends ids of the tokens that end an answer
 */
export function tokenizerDoubts(tokenizer: Tokenizer, files: readonly string[], ends: readonly number[]): string[] {
  const { chatTemplate, specialTokens } = tokenizer;
  const isNoToken = (name: string) => tokenizer.tokenId(specialTokens[name] ?? '') === undefined;
  const doubts: string[] = [];
  const { bos_token: bos, eos_token: eos } = specialTokens;
  if (eos !== undefined && isNoToken('eos_token')) {
    const others = ends.map((id) => JSON.stringify(tokenizer.decode([id]))).join(' or ');
    doubts.push(
      `"eos_token" ${JSON.stringify(eos)} is no token of tokenizer.json: an answer ends with ${others} alone`,
    );
  }
  if (bos !== undefined && isNoToken('bos_token') && chatTemplate?.includes('bos_token') === true) {
    doubts.push(`"bos_token" ${JSON.stringify(bos)} is no token of tokenizer.json: in a prompt it is plain text`);
  }
  const missing = [
    ...(chatTemplate === null ? ['no chat template, so that it cannot be asked anything'] : []),
    ...(Object.keys(specialTokens).length === 0 ? ['no names of special tokens such as bos_token'] : []),
  ];
  if (!files.includes('tokenizer_config.json') && missing.length > 0) {
    doubts.push(`There is no tokenizer_config.json, and the model has ${missing.join(', and ')}`);
  }
  return doubts;
}

/** Warnings about a tokenizer that cannot write the tags of an answer, and a chat template that does not say where an answer begins. */
export function doubtsAbout(renderer: Renderer): string[] {
  const { tokenizer } = renderer;
  const doubts: string[] = [];
  const unwritable = agentTags.filter((tag) => tokenizer.decode(tokenizer.encode(tag, { allowSpecial: true })) !== tag);
  if (unwritable.length > 0) {
    doubts.push(
      `The tokenizer cannot write ${unwritable.join(', ')}: no response can call a tool or have a valid format`,
    );
  }
  if (
    renderer
      .prompt([{ role: 'user', content: QUESTION }])
      .text.trimEnd()
      .endsWith(QUESTION)
  ) {
    doubts.push(
      'The chat template writes nothing behind a question: the model is not told that its answer begins there',
    );
  }
  return doubts;
}
