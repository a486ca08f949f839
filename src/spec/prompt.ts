/** How messages become prompts: what runs of every method and evaluations have in common. */
import { z } from 'zod';

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
};

export const PromptInput = z.strictObject(fields).partial().meta({ id: 'PromptSpec' });
export type PromptInput = z.infer<typeof PromptInput>;

export const PromptSpec = z.strictObject(fields).meta({ id: 'ResolvedPromptSpec' });
export type PromptSpec = z.infer<typeof PromptSpec>;

export const PLAIN_PROMPT: PromptSpec = { system: null, template: 'chat', tool_syntax: 'tags' };
