/** Calls of a tool as a model makes them. */
import { callArguments } from '../../src/spec/tools/call-arguments.js';
import { textTool, type Tool, type ToolDefinition, type ToolOutcome } from '../../src/tools/tool.js';

const never = new AbortController().signal;

/** Calls the tool's first function with what stands between its tags. */
export function ask(tool: Tool, input: string, signal: AbortSignal = never): Promise<ToolOutcome> {
  const [definition] = tool.definitions;
  if (!definition) throw new Error('the tool offers nothing');
  const given = callArguments(input, 'text', definition);
  if ('problem' in given) throw new Error(given.problem);
  return tool.call({ name: definition.name, arguments: given.arguments, id: '1', previous: [], example: 0 }, signal);
}

/** What the built tools of a spec offer. */
export const definitionsOf = (tools: readonly { type: string }[]): ToolDefinition[] =>
  tools.map(({ type }) => textTool(type, '', 'input', ''));
