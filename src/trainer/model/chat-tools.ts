/** Whether a model can call tools in its own chat format, and how. */
import { listsTools, toolTurns, type Tokenizer } from '../../engine/index.js';
import type { ToolDefinition } from '../../spec/tools/tool-definition.js';
import type { CallDelimiters } from '../../spec/prompt.js';
import { TrainerFailure } from '../failure.js';
import { callArguments } from '../../spec/tools/call-arguments.js';
import { callFormatOf, delimitedFormat, writtenCall, type CallFormat } from './call-format.js';

/** The model's own way to call tools, as its chat template has it. */
export interface ChatTools {
  definitions: readonly ToolDefinition[];
  format: CallFormat;
}

/**
 * Null without tools.
 * @param delimiters of the model's calls; null: as the template shows them
 * @throws {TrainerFailure} when the chat template does not list tools, shows no form of calls that is known, or has no place for their results
 */
export function chatToolsOf(
  tokenizer: Tokenizer,
  definitions: readonly ToolDefinition[],
  delimiters: CallDelimiters | null,
): ChatTools | null {
  if (definitions.length === 0) return null;
  if (!listsTools(tokenizer)) throw unfit('does not list tools');
  const format = delimiters ? delimitedFormat(delimiters) : callFormatOf(tokenizer.chatTemplate ?? '');
  if (format === null)
    throw unfit('shows neither <tool_call> nor <|python_tag|>', 'name its own delimiters in prompt.call_delimiters');
  if (toolTurns(tokenizer) === null) throw unfit('takes no messages of role tool');
  return { definitions, format };
}

function unfit(reason: string, remedy = 'use tags'): TrainerFailure {
  const message = `prompt.tool_syntax is chat, and the model's chat template ${reason}: ${remedy}, or use a model that was made for tools`;
  return new TrainerFailure('chat_template_without_tools', message);
}

/** A demonstration's text, in which a call at its end stands between tags, with that call as the model writes it. */
export function withChatCall(text: string, { definitions, format }: ChatTools): string {
  for (const definition of definitions) {
    const { name } = definition;
    const end = text.trimEnd();
    const start = text.lastIndexOf(`<${name}>`);
    if (start === -1 || !end.endsWith(`</${name}>`)) continue;
    const given = callArguments(text.slice(start + name.length + 2, end.length - name.length - 3), 'text', definition);
    if ('arguments' in given) return text.slice(0, start) + writtenCall(format, name, given.arguments);
  }
  return text;
}
