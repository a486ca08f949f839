/** Calls a tool again while its result is empty, as the released code does. Knows no tool. */
import type { ToolAnswer } from '../link.js';

/**
 * The first answer that says something, or that could not be given; after `attempts` empty ones a notice, in the words of the released code. With one attempt the
 * answer is what it is.
 * @param ask gets the number of the attempt, from 1
 */
export async function callInsistently(
  tool: string,
  attempts: number,
  ask: (attempt: number) => Promise<ToolAnswer>,
): Promise<ToolAnswer> {
  if (attempts === 1) return ask(1);
  let latencyMs = 0;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const answer = await ask(attempt);
    latencyMs += answer.latencyMs;
    if (answer.outcome === 'infra_error' || answer.text.trim() !== '') return { ...answer, latencyMs };
  }
  return { outcome: 'ok', text: `Tool(${tool}) returned empty output.`, latencyMs };
}
