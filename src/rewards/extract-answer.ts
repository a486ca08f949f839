/** Takes the final answer out of a response, whatever its format is otherwise worth. */
import { lastBoxed } from '../spec/boxed.js';
import { mendBackspace, outline } from './response-text.js';
import type { ResponsePart } from './reward.js';

/**
 * The last box inside the last `<answer>` block, else the block's text, trimmed; null without a block.
 * Tool calls and their results are not read.
 */
export function extractAnswer(response: readonly ResponsePart[]): string | null {
  const text = mendBackspace(outline(response));
  const end = text.lastIndexOf('</answer>');
  const start = end === -1 ? -1 : text.lastIndexOf('<answer>', end);
  if (start === -1) return null;
  const block = text.slice(start + '<answer>'.length, end);
  return lastBoxed(block) ?? block.trim();
}
