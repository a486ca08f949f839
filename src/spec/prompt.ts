/** How messages become prompts: what runs of every method and evaluations have in common. */
import { z } from 'zod';
import type { WithoutEffect } from './without-effect.js';

const delimiter = z.string().min(1).max(100).regex(/\S/, 'must not be blank');

const CallDelimiters = z
  .strictObject({ begin: delimiter, end: delimiter })
  .refine(({ begin, end }) => begin.trim() !== end.trim(), { path: ['end'], message: 'must be another than begin' })
  .meta({ id: 'CallDelimiters', example: { begin: '<|call|>', end: '<|/call|>' } });
export type CallDelimiters = z.infer<typeof CallDelimiters>;

const fields = {
  system: z.string().max(100_000).nullable().describe('System message put before each prompt; null: none.'),
  template: z.enum(['chat']).describe("How a prompt becomes tokens: the model's own chat template."),
  tool_syntax: z
    .enum(['tags', 'chat'])
    .describe(
      'How the model calls tools. `tags`: `<search>…</search>` within its answer, and `<result>…</result>` behind it. `chat`: as its chat template has it, for ' +
        'models made for tools: the template lists the tools, the model ends its turn with calls (`<tool_call>` of Hermes and Qwen, JSON of Llama 3.1), and ' +
        'their results come as messages of role tool.',
    ),
  call_delimiters: CallDelimiters.nullable().describe(
    'With tool_syntax chat, for a model that writes its calls otherwise: what stands before and behind each, which is JSON, `{"name": …, "arguments": {…}}`. White space at ' +
      'the ends of a delimiter is written in demonstrations, and may be missing in what the model writes. null: as the chat template shows them.',
  ),
};

export const PromptInput = z.strictObject(fields).partial().meta({ id: 'PromptSpec' });
export type PromptInput = z.infer<typeof PromptInput>;

export const PromptSpec = z.strictObject(fields).meta({ id: 'ResolvedPromptSpec' });
export type PromptSpec = z.infer<typeof PromptSpec>;

/** How a model was trained to call tools. */
export const CallSyntax = PromptSpec.pick({ tool_syntax: true, call_delimiters: true });
export type CallSyntax = z.infer<typeof CallSyntax>;

export const PLAIN_PROMPT: PromptSpec = { system: null, template: 'chat', tool_syntax: 'tags', call_delimiters: null };

type Prompted = { readonly prompt: PromptSpec };

export const PROMPT_FIELDS: readonly WithoutEffect<Prompted>[] = [
  {
    fields: ['prompt.call_delimiters'],
    when: ({ prompt }) => prompt.tool_syntax === 'tags',
    why: 'with prompt.tool_syntax tags calls stand between the tags of their tools',
  },
];

/** Why nothing limits the calls of a turn. */
export const ONE_CALL_A_TURN = 'with prompt.tool_syntax tags a call ends the turn, which has one';
