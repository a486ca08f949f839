/** What a run or an evaluation writes at most at a time, against the context length of its model. Pure. */
import type { SpecProblem } from '../problem.js';

/** The field that says how much is written, in tokens. */
export interface Extent {
  path: string;
  tokens: number;
  /** Whether a prompt, of at least one token, comes before it. */
  hasPrompt: boolean;
}

/** The extent of sampled responses. */
export const responseExtent = (limits: { max_response_tokens: number }, path: string): Extent => ({
  path: `${path}.max_response_tokens`,
  tokens: limits.max_response_tokens,
  hasPrompt: true,
});

/**
 * Why the model cannot write so much; none where it can.
 * @param contextLength tokens
 * @param model what the message calls it
 */
export function contextProblems(
  { path, tokens, hasPrompt }: Extent,
  contextLength: number,
  model: string,
): SpecProblem[] {
  const most = contextLength - (hasPrompt ? 1 : 0);
  if (tokens <= most) return [];
  const why = hasPrompt ? ', of which a prompt takes at least 1' : '';
  const message = `must be at most ${most}: the context of ${model} has ${contextLength} tokens${why}. Lower it, or take a model with a longer context`;
  return [{ path, message }];
}
