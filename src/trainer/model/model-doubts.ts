/** What makes it doubtful that a model's answers can be worth anything, found without running it: said as warnings, because a run may know better. */
import { agentTags } from './agent-tags.js';
import type { Renderer } from './render.js';

const QUESTION = 'What is 2 + 2?';

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
