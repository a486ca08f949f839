/** How messages become prompts: what runs of every method and evaluations have in common. */
import { z } from 'zod';
import type { SpecProblem } from './problem.js';
import type { WithoutEffect } from './without-effect.js';

const delimiter = z.string().min(1).max(100).regex(/\S/, 'must not be blank');

const CallDelimiters = z
  .strictObject({ begin: delimiter, end: delimiter })
  .refine(({ begin, end }) => begin.trim() !== end.trim(), { path: ['end'], message: 'must be another than begin' })
  .meta({ id: 'CallDelimiters', example: { begin: '<|call|>', end: '<|/call|>' } });
export type CallDelimiters = z.infer<typeof CallDelimiters>;

const Tag = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'must be a letter, then letters, digits, underscores and hyphens')
  .refine((tag) => tag !== 'think' && tag !== 'answer', 'must not be think or answer, which mean something else');

/** Tags by what they are of: tools, by their names, and `result`. */
const TagNames = z
  .record(z.string().max(128), Tag)
  .refine((tags) => new Set(Object.values(tags)).size === Object.keys(tags).length, 'must be different from each other')
  .meta({ id: 'TagNames', example: { python: 'code', result: 'interpreter' } });
export type TagNames = z.infer<typeof TagNames>;

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
  tag_names: TagNames.nullable().describe(
    'With tool_syntax tags, for a model that knows its tools by other tags: those of tools, by their names, and of `result`, as in `{"python": "code", "result": "interpreter"}`. ' +
      'Demonstrations may have either. null: the tools’ own names, and `result`.',
  ),
};

export const PromptInput = z.strictObject(fields).partial().meta({ id: 'PromptSpec' });
export type PromptInput = z.infer<typeof PromptInput>;

export const PromptSpec = z.strictObject(fields).meta({ id: 'ResolvedPromptSpec' });
export type PromptSpec = z.infer<typeof PromptSpec>;

/** How a model was trained to call tools. */
export const CallSyntax = PromptSpec.pick({ tool_syntax: true, call_delimiters: true, tag_names: true });
export type CallSyntax = z.infer<typeof CallSyntax>;

export const PLAIN_PROMPT: PromptSpec = {
  system: null,
  template: 'chat',
  tool_syntax: 'tags',
  call_delimiters: null,
  tag_names: null,
};

type Prompted = { readonly prompt: PromptSpec };

export const PROMPT_FIELDS: readonly WithoutEffect<Prompted>[] = [
  {
    fields: ['prompt.call_delimiters'],
    when: ({ prompt }) => prompt.tool_syntax === 'tags',
    why: 'with prompt.tool_syntax tags calls stand between the tags of their tools',
  },
  {
    fields: ['prompt.tag_names'],
    when: ({ prompt }) => prompt.tool_syntax === 'chat',
    why: 'with prompt.tool_syntax chat calls are written as the chat template has them',
  },
];

/** Why nothing limits the calls of a turn. */
export const ONE_CALL_A_TURN = 'with prompt.tool_syntax tags a call ends the turn, which has one';

/** What keeps tags from being told apart. @param tools the names that calls can have; null: a server decides */
export function tagProblems({ tag_names: tags }: PromptInput, tools: readonly string[] | null): SpecProblem[] {
  const path = 'prompt.tag_names';
  if (!tags || tools === null || tools.length === 0) return [];
  const known = ['result', ...tools];
  const unknown = Object.keys(tags).find((name) => !known.includes(name));
  if (unknown !== undefined) return [{ path, message: `${unknown} is no tool of the run: name ${known.join(', ')}` }];
  const clash = Object.entries(tags).find(([name, tag]) =>
    known.some((other) => other !== name && (tags[other] ?? other) === tag),
  );
  return clash ? [{ path, message: `${clash[1]} is the tag of another tool: give ${clash[0]} another` }] : [];
}
