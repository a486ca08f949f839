/**
 * Renders a tokenizer's Jinja chat template to text, with the names and functions that transformers gives one. Not an encoder: chat.ts tells the
 * template's words from the users'.
 */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { ChatTemplateError } from './chat-template-error.js';
import { strftimeNow } from './template-date.js';

/** What a tokenizer has for its template. */
export interface TemplateSource {
  readonly chatTemplate: string | null;
  /** By the names that the template knows: `bos_token`, `eos_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
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

const programs = new WeakMap<TemplateSource, ReturnType<typeof parse>>();

/** Marks what an assistant wrote, for whoever trains on a rendered conversation. They write nothing; the parser does not know them. */
const generationMarks = /\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}/g;

function programOf(tokenizer: TemplateSource): ReturnType<typeof parse> {
  let program = programs.get(tokenizer);
  if (!program) {
    if (tokenizer.chatTemplate === null) {
      throw new ChatTemplateError(
        'the tokenizer has no chat template: add "chat_template" to its tokenizer_config.json',
      );
    }
    const template = tokenizer.chatTemplate.replaceAll(generationMarks, (_, before, end, after) =>
      end ? `{%${before} endif ${after}%}` : `{%${before} if true ${after}%}`,
    );
    program = parsed(template);
    programs.set(tokenizer, program);
  }
  return program;
}

function parsed(template: string): ReturnType<typeof parse> {
  try {
    return parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
  } catch (error) {
    // The parser reads on past the end.
    const why = error instanceof TypeError ? 'a block or an expression is not closed' : (error as Error).message;
    throw new ChatTemplateError(`the chat template is not valid Jinja: ${why}`);
  }
}

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
}

/** Functions of Jinja that the interpreter lacks, as ones that say so. */
const unsupported = Object.fromEntries(
  ['cycler', 'dict', 'joiner', 'lipsum'].map((name) => [
    name,
    () => {
      throw new ChatTemplateError(`the chat template calls ${name}, which is not supported: write it without`);
    },
  ]),
);

/** The text of the messages under the tokenizer's template. Throws ChatTemplateError with the template's own words if it refuses them. */
export function renderChatTemplate(
  tokenizer: TemplateSource,
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
    ...unsupported,
    range,
    raise_exception(message: string) {
      throw new ChatTemplateError(message);
    },
    strftime_now: strftimeNow,
    ...tokenizer.specialTokens,
    messages,
    add_generation_prompt: options.addGenerationPrompt,
    tools: options.tools ?? null,
    documents: null,
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

/** The same of messages that a template may refuse: empty then. */
export function renderIfAccepted(
  tokenizer: TemplateSource,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): string {
  try {
    return renderChatTemplate(tokenizer, messages, options);
  } catch (error) {
    if (error instanceof ChatTemplateError) return '';
    throw error;
  }
}
