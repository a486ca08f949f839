/** What a reward reads of a trajectory, from the texts of its segments: the same while it is sampled and once it is stored. Pure. */
import type { ResponsePart } from './messages.js';

/** A segment after the prompt. */
export interface ResponsePiece {
  readonly text: string;
  /** Whether an agent that is outside has put it there between two answers of the policy. */
  readonly given?: boolean;
  /** Of a tool's result: who gave it, and where its call stands in the last text of the model before. Else null. */
  readonly tool: { readonly name: string; readonly span: { readonly start: number; readonly end: number } } | null;
}

/**
 * All that follows the prompt, and what the prompt has begun of it. Empty parts are left out.
 * @param begun what the prompt has begun of every answer, such as `<think>`; usually nothing
 */
export function responseParts(path: readonly ResponsePiece[], begun: string): ResponsePart[] {
  const parts = path.flatMap(({ text, tool, given = false }, i): ResponsePart[] => {
    if (tool === null && !given) return modelParts(text, callsAfter(path, i));
    // The result's segment may end with the beginning of the next answer, as the prompt does.
    const next = begun !== '' && text.endsWith(begun) ? begun : '';
    const result = text.slice(0, text.length - next.length);
    return [{ kind: 'result', text: result, tool: tool?.name ?? null }, written(next)];
  });
  return [written(begun), ...parts].filter(({ kind, text }) => kind !== 'text' || text !== '');
}

type Call = NonNullable<ResponsePiece['tool']>;

/** The calls of the model's text at `at`: those whose results follow it. */
function callsAfter(path: readonly ResponsePiece[], at: number): Call[] {
  const calls: Call[] = [];
  for (const { tool } of path.slice(at + 1)) {
    if (tool === null) break;
    calls.push(tool);
  }
  return calls;
}

function modelParts(text: string, calls: readonly Call[]): ResponsePart[] {
  const parts: ResponsePart[] = [];
  let from = 0;
  for (const { name, span } of calls) {
    parts.push(written(text.slice(from, span.start)));
    parts.push({ kind: 'call', text: text.slice(span.start, span.end), tool: name });
    from = span.end;
  }
  return [...parts, written(text.slice(from))];
}

const written = (text: string): ResponsePart => ({ kind: 'text', text, tool: null });
