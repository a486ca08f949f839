import type { PromptSpan } from '../model/render.js';

/** One prompt to roll out; `place` names it within the step. */
export interface PromptTask {
  place: number;
  example: number;
  prompt: PromptSpan;
}
