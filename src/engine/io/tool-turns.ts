/**
 * What a chat template writes around the results of tools, found by rendering a short conversation: behind an answer's end token, between two results, and
 * from the last one to where the model goes on. Not the parsing of calls.
 */
import type { AddedToken } from './added-tokens.js';
import { renderIfAccepted, type TemplateSource } from './chat-template.js';
import { turnEnd } from './turn-end.js';

type Parts = (AddedToken | string)[];

export interface ToolTurns {
  /** From behind the token that ends the model's turn to the first result. */
  readonly head: Parts;
  readonly between: Parts;
  /** From behind the last result to where the model writes. */
  readonly tail: Parts;
  /** Whether the template writes a result as the inside of a JSON string. */
  readonly escaped: boolean;
}

interface ToolTurnSource extends TemplateSource {
  split(text: string): Parts;
}

const QUESTION = { role: 'user', content: 'What is the capital of Peru?' };
const CALLS = 'I will look it up.';
// Quotes show whether a result is written as a JSON string.
const RESULTS = ['The "first" result', 'The "second" result'] as const;

/** Null where the template refuses messages of role tool, leaves them out, or ends an answer with no token. */
export function toolTurns(tokenizer: ToolTurnSource): ToolTurns | null {
  const end = turnEnd(tokenizer);
  const rendered = renderedTurns(tokenizer);
  const calls = rendered.lastIndexOf(CALLS);
  if (end === null || calls === -1) return null;
  const after = rendered.slice(calls + CALLS.length);
  const turn = end.text + end.token.content;
  if (!after.startsWith(turn)) return null;
  for (const escaped of [false, true]) {
    const [first, second] = RESULTS.map((result) => (escaped ? insideJson(result) : result)) as [string, string];
    const [one, two] = [after.indexOf(first), after.indexOf(second)];
    if (one < 0 || two < one) continue;
    return {
      head: tokenizer.split(after.slice(turn.length, one)),
      between: tokenizer.split(after.slice(one + first.length, two)),
      tail: tokenizer.split(after.slice(two + second.length)),
      escaped,
    };
  }
  return null;
}

/** A text as it stands between the quotes of a JSON string. */
export function insideJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function renderedTurns(tokenizer: TemplateSource): string {
  const messages = [
    QUESTION,
    { role: 'assistant', content: CALLS },
    ...RESULTS.map((content) => ({ role: 'tool', content })),
  ];
  return renderIfAccepted(tokenizer, messages, { addGenerationPrompt: true });
}

/** Whether the template tells the model of the tools that it is given. */
export function listsTools(tokenizer: TemplateSource): boolean {
  const tool = {
    type: 'function',
    function: { name: 'look_up_a_word', description: 'd', parameters: { type: 'object' } },
  };
  const options = { addGenerationPrompt: true, tools: [tool] };
  return renderIfAccepted(tokenizer, [QUESTION], options).includes(tool.function.name);
}
