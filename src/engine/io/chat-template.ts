/**
 * Renders a tokenizer's Jinja chat template to text. Not an encoder: chat.ts tells the template's words from the users'.
 * The clock is not visible to a template (`strftime_now`), so that a prompt is the same on every day.
 */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import type { Tokenizer } from './tokenizer.js';

/** The messages cannot be made a prompt with this tokenizer's chat template. */
export class ChatTemplateError extends Error {
  override readonly name = 'ChatTemplateError';
}

export interface ChatMessage {
  role: string;
  content: string;
}

export interface ChatOptions {
  /** Whether to end with the opening of an assistant's turn. */
  addGenerationPrompt: boolean;
  /** Tools in the form that the template expects, usually JSON schemas of functions. */
  tools?: readonly unknown[];
}

const programs = new WeakMap<Tokenizer, ReturnType<typeof parse>>();

function programOf(tokenizer: Tokenizer): ReturnType<typeof parse> {
  let program = programs.get(tokenizer);
  if (!program) {
    if (tokenizer.chatTemplate === null) {
      throw new ChatTemplateError(
        'the tokenizer has no chat template: add "chat_template" to its tokenizer_config.json',
      );
    }
    program = parse(tokenize(tokenizer.chatTemplate, { lstrip_blocks: true, trim_blocks: true }));
    programs.set(tokenizer, program);
  }
  return program;
}

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
}

/** The text of the messages under the tokenizer's template. Throws ChatTemplateError with the template's own words if it refuses them. */
export function renderChatTemplate(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): string {
  const globals: Record<string, unknown> = {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    raise_exception(message: string) {
      throw new ChatTemplateError(message);
    },
    ...tokenizer.specialTokens,
    messages,
    add_generation_prompt: options.addGenerationPrompt,
    ...(options.tools && { tools: options.tools }),
  };
  const environment = new Environment();
  for (const [name, value] of Object.entries(globals)) environment.set(name, value);
  try {
    return String(new Interpreter(environment).run(programOf(tokenizer)).value);
  } catch (error) {
    if (error instanceof ChatTemplateError) throw error;
    throw new ChatTemplateError(`the chat template failed: ${(error as Error).message}`, { cause: error });
  }
}
