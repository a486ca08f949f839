/** Chat completions as OpenAI has them: what a client sends and gets. Fields without effect here are refused, or taken with the one value that changes nothing. */
import { z } from 'zod';
import { MAX_INT, Seconds } from '../../http/answer/common.schema.js';
import { ModelOrCheckpointId } from '../../spec/ids.js';

const Part = z.discriminatedUnion('type', [z.strictObject({ type: z.literal('text'), text: z.string() })], {
  error: ({ code }) => (code === 'invalid_union' ? 'only text is supported: leave this part out' : undefined),
});

const Text = z.union([z.string(), z.array(Part).describe('Joined as they are.')]);

const ToolCall = z.strictObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string(), arguments: z.string().describe('JSON of an object.') }),
  index: z.int().optional().describe('Without effect.'),
});

const name = z.string().optional().describe('Without effect.');

const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content: Text, name }),
  z.strictObject({ role: z.literal('user'), content: Text, name }),
  z.strictObject({
    role: z.literal('assistant'),
    content: Text.nullish(),
    tool_calls: z.array(ToolCall).nullish(),
    refusal: z.null().optional(),
    name,
  }),
  z.strictObject({ role: z.literal('tool'), content: Text, tool_call_id: z.string() }),
]);

const Tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'must be at most 64 letters, digits, _ and -'),
    description: z.string().optional(),
    parameters: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('JSON Schema of an object. Default: no parameters.'),
    strict: z.literal(false).nullish().describe('What a model writes is not forced to fit the schema.'),
  }),
});

const MaxTokens = z.int().min(1).max(MAX_INT).nullish();

export const ChatCompletionInput = z
  .strictObject({
    model: ModelOrCheckpointId,
    messages: z.array(Message).min(1),
    stream: z.boolean().nullish(),
    stream_options: z.strictObject({ include_usage: z.boolean().optional() }).nullish(),
    max_tokens: MaxTokens.describe('Of each answer. Default: what the context of the model holds, 4096 at most.'),
    max_completion_tokens: MaxTokens.describe('The same.'),
    temperature: z.number().min(0).max(10).nullish().describe('0 is greedy. Default 1.'),
    top_p: z.number().positive().max(1).nullish().describe('Default 1.'),
    n: z.int().min(1).max(16).nullish().describe('Answers. They share the prompt. Default 1.'),
    stop: z
      .union([z.string().min(1), z.array(z.string().min(1)).max(4)])
      .nullish()
      .describe('Texts at which an answer ends; they are left out.'),
    seed: z
      .int()
      .nullish()
      .describe('The same request with the same seed has the same answer, whatever else the model is asked.'),
    logprobs: z.boolean().nullish().describe('Of the tokens at the temperature; before top_p.'),
    top_logprobs: z.int().min(0).max(20).nullish(),
    tools: z
      .array(Tool)
      .max(64)
      .nullish()
      .describe(
        'A checkpoint of a run with tools calls them as in that run (`prompt.tool_syntax`, `prompt.call_delimiters`). Of others, one whose chat template lists tools calls them in its own format, any other between tags, `<name>…</name>`.',
      ),
    tool_choice: z
      .enum(['auto', 'none'])
      .nullish()
      .describe('`none`: the tools are not shown to the model. Default auto.'),
    parallel_tool_calls: z.literal(true).nullish(),
    response_format: z.strictObject({ type: z.literal('text') }).nullish(),
    frequency_penalty: z.literal(0).nullish(),
    presence_penalty: z.literal(0).nullish(),
    user: z.string().nullish().describe('Without effect.'),
  })
  .meta({ id: 'ChatCompletionInput' });
export type ChatCompletionInput = z.infer<typeof ChatCompletionInput>;

const OF_THE_RUN = 'Without effect: the run decides, because it learns from what it samples.';
export const RolloutChatInput = ChatCompletionInput.extend({
  model: z.string().optional().describe('Without effect: the policy of the run answers.'),
  temperature: z.number().nullish().describe(OF_THE_RUN),
  top_p: z.number().nullish().describe(OF_THE_RUN),
  seed: z.int().nullish().describe(OF_THE_RUN),
  max_tokens: MaxTokens.describe('Of each answer; rollout.max_response_tokens at most, which is the default.'),
}).meta({ id: 'RolloutChatInput' });
export type RolloutChatInput = z.infer<typeof RolloutChatInput>;

const TokenLogprob = z.object({ token: z.string(), bytes: z.array(z.int()), logprob: z.number() });

export const Usage = z
  .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .meta({ id: 'ChatUsage' });
export type Usage = z.infer<typeof Usage>;

export const ChatCompletion = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: Seconds,
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        finish_reason: z.enum(['stop', 'length', 'tool_calls']),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.null(),
          tool_calls: z
            .array(
              z.object({
                id: z.string(),
                type: z.literal('function'),
                function: z.object({ name: z.string(), arguments: z.string() }),
              }),
            )
            .optional(),
        }),
        logprobs: z
          .object({
            content: z.array(TokenLogprob.extend({ top_logprobs: z.array(TokenLogprob) })),
            refusal: z.null(),
          })
          .nullable(),
      }),
    ),
    usage: Usage,
  })
  .meta({ id: 'ChatCompletion' });
export type ChatCompletion = z.infer<typeof ChatCompletion>;
