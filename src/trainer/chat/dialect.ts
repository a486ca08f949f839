/** How a model speaks with these tools: messages become its tokens, and what it writes has calls in it. Samples nothing. */
import type { Tokenizer } from '../../engine/index.js';
import type { ChatMessage } from '../../spec/chat.js';
import type { Message } from '../../protocol/messages.js';
import type { CallDelimiters, CallSyntax, TagNames } from '../../spec/prompt.js';
import type { ToolDefinition } from '../../spec/tools/tool-definition.js';
import { callArguments } from '../../spec/tools/call-arguments.js';
import { TrainerFailure } from '../failure.js';
import { delimitersOf, PYTHON_TAG, writtenCall, type CallFormat } from '../model/call-format.js';
import { tagsOf } from '../model/agent-tags.js';
import { chatToolsOf, type ChatTools } from '../model/chat-tools.js';
import { Renderer } from '../model/render.js';
import { languageOf, type Language } from '../rollout/language.js';
import type { ToolCall } from '../rollout/tool-grammar.js';
import type { HeldBack } from './shown-length.js';

export interface WrittenCall {
  readonly name: string;
  /** JSON of an object, as far as the model has written one. */
  readonly arguments: string;
}

/** A model that was trained to call tools here calls them as it was. Of others, one whose chat template lists tools calls them in its own format, any other between tags. */
export class Dialect {
  readonly language: Language;
  private readonly renderer: Renderer;
  private readonly format: CallFormat | null;
  private readonly tags: TagNames;

  constructor(
    tokenizer: Tokenizer,
    eosTokenIds: readonly number[],
    private readonly tools: readonly ToolDefinition[],
    calls: CallSyntax | null,
  ) {
    const chatTools = calls?.tool_syntax === 'tags' ? null : ownTools(tokenizer, tools, calls?.call_delimiters ?? null);
    this.format = chatTools?.format ?? null;
    this.tags = calls?.tag_names ?? {};
    this.renderer = new Renderer(tokenizer, eosTokenIds, null, chatTools, this.tags);
    this.language = languageOf(
      this.renderer,
      tools.map(({ name }) => name),
    );
  }

  /**
   * A prompt that ends where the model begins to write, or where it goes on behind the results of its calls.
   * @throws {ChatTemplateError} where the chat template refuses the messages
   */
  prompt(messages: readonly ChatMessage[]): Int32Array {
    const plain = messages.map((message): Message => ({ role: message.role, content: this.contentOf(message) }));
    if (plain.at(-1)?.role !== 'tool') return this.renderer.prompt(plain).tokens;
    const before = plain.findLastIndex(({ role }) => role !== 'assistant' && role !== 'tool');
    const { prompt, answers } = this.renderer.responses(plain.slice(0, before + 1), [plain.slice(before + 1)]);
    return Int32Array.from([prompt, ...answers.flat()].flatMap(({ tokens }) => [...tokens]));
  }

  /** What of an answer is not sent before it has ended. */
  heldBack(stops: readonly string[]): HeldBack {
    if (this.tools.length === 0) return { openers: [], stops, objects: false };
    if (this.format === null)
      return { openers: this.tools.map(({ name }) => tagsOf(this.tags, name).opens), stops, objects: false };
    if (this.format.kind === 'delimited')
      return { openers: delimitersOf(this.format).slice(0, 1), stops, objects: false };
    return { openers: [PYTHON_TAG], stops, objects: true };
  }

  /** A call with its arguments as an object, where they can be read as one. */
  written({ tool, input, format }: ToolCall): WrittenCall {
    const definition = this.tools.find(({ name }) => name === tool);
    const given = definition && callArguments(input, format, definition);
    return { name: tool, arguments: given && 'arguments' in given ? JSON.stringify(given.arguments) : input };
  }

  private contentOf({ content, tool_calls: calls }: ChatMessage): string {
    if (calls.length === 0) return content;
    const { format } = this;
    if (format === null) return content + calls.map((call) => betweenTags(call, this.tags)).join('');
    const written = calls.map((call) => writtenCall(format, call.name, argumentsOf(call)));
    return [...(content === '' ? [] : [content]), ...written].join('\n');
  }
}

function ownTools(
  tokenizer: Tokenizer,
  tools: readonly ToolDefinition[],
  delimiters: CallDelimiters | null,
): ChatTools | null {
  try {
    return chatToolsOf(tokenizer, tools, delimiters);
  } catch (error) {
    if (error instanceof TrainerFailure && error.code === 'chat_template_without_tools') return null;
    throw error;
  }
}

/** A tool that takes one text has it as it stands. */
function betweenTags(call: WrittenCall, tags: TagNames): string {
  const values = Object.values(argumentsOf(call));
  const [only] = values;
  const input = values.length === 1 && typeof only === 'string' ? only : call.arguments;
  const { opens, closes } = tagsOf(tags, call.name);
  return `${opens}${input}${closes}`;
}

/** A model's own call may have been given back as it wrote it: what is no object was the text of one argument. */
function argumentsOf({ arguments: text }: WrittenCall): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Below.
  }
  return { input: text };
}
