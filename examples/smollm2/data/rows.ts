/** The task in the rows that the service's datasets have, one JSON object per line. Does not upload them. */
import { jsonLines } from '../../support/json-lines.js';
import type { Message } from './demonstrations.js';
import type { Problem } from './problem.js';

/** A dataset of kind `sft`: `{messages: [{role, content}]}`. */
export function demonstrationsFile(demonstrations: readonly (readonly Message[])[]): string {
  return jsonLines(demonstrations.map((messages) => ({ messages })));
}

/** A dataset of kind `rl`: `{question, answer, metadata: {id}}`. */
export function questionsFile(problems: readonly Problem[]): string {
  return jsonLines(problems.map(({ id, question, answer }) => ({ question, answer, metadata: { id } })));
}
